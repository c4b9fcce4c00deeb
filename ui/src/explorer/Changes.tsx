// What became of each record: before and after side by side, where the user may see the record.
import { Card, Flex, Tag, Typography } from 'antd'
import { Link } from 'react-router'
import { useText } from '../kit/prefs'
import { Differences } from '../widgets/Diff'
import type { Change } from './told'

export function Changes({ changes }: { changes: Change[] | null }) {
  const t = useText()
  if (changes === null) return <Card size="small" loading title={t('记录变更', 'Records changed')} />
  if (!changes.length) return null
  const hidden = changes.filter((change) => !change.shown).length
  return (
    <Card size="small" title={t('记录变更', 'Records changed')}>
      <Flex vertical gap={12}>
        {changes
          .filter((change) => change.shown)
          .map((change) => (
            <div key={change.key}>
              <Flex gap={8} align="center" wrap style={{ marginBottom: 4 }}>
                <Tag>{change.kind}</Tag>
                <Link to={`/explorer/record/${change.key}`}>{change.record}</Link>
                <Typography.Text type="secondary">{change.after === null ? t('已删除', 'deleted') : change.before === null ? t('新建', 'new') : t('变更', 'changed')}</Typography.Text>
              </Flex>
              <Differences one={change.before} other={change.after} />
            </div>
          ))}
        {hidden > 0 && (
          <Typography.Text type="secondary">
            {t(`另有 ${hidden} 条记录不由本机构查看；其摘要在回执中。`, `${hidden} more records are not your organisation's to see; their digests are in the receipt.`)}
          </Typography.Text>
        )}
      </Flex>
    </Card>
  )
}

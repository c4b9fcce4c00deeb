// A record's past: how each act left it, whichever application it was of.
import { Card, Flex, Skeleton, Timeline, Typography } from 'antd'
import { Link, useParams } from 'react-router'
import { usePair, useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import { useGet } from '../kit/useGet'
import { Value } from '../kit/Value'
import { Differences } from '../widgets/Diff'
import type { RecordTold } from './told'

export function Record() {
  const { key = '' } = useParams()
  const t = useText()
  const pair = usePair()
  const { data: told, refused } = useGet<RecordTold>(`/api/v1/explorer/records/${encodeURIComponent(key)}`)
  if (refused) return <RefusedAlert problem={refused.problem} />
  if (!told) return <Skeleton active />
  return (
    <Flex vertical gap={12}>
      <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
        {t('记录沿革', "A record's past")}：{told.record} <Typography.Text className="mono">{told.kind}</Typography.Text>
      </Typography.Title>
      <Card size="small">
        <Timeline
          items={told.versions.map((version, at) => ({
            key: version.line.tx,
            content: (
              <Flex vertical gap={4}>
                <span>
                  <Link to={`/tx/${encodeURIComponent(version.line.tx)}`}>{pair(version.line.title)}</Link> <Typography.Text className="mono">{version.line.action}</Typography.Text>{' '}
                  <Value value={version.line.time} format="time" /> · <Link to={`/explorer/block/${version.line.height}`}>{t(`第 ${version.line.height} 块`, `Block ${version.line.height}`)}</Link>
                </span>
                <Differences one={told.versions[at + 1]?.value ?? null} other={version.value} />
              </Flex>
            ),
          }))}
        />
      </Card>
    </Flex>
  )
}

// One box for everything: transaction, block, record, party, digest. A file dropped on it is verified or looked up by its digest.
import { InboxOutlined } from '@ant-design/icons'
import { Card, Flex, Input, List, Tag, Typography, Upload } from 'antd'
import { useState } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { digestOf } from '../forms/digest'
import { usePair, useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import { useGet } from '../kit/useGet'
import { isReceiptFile, keepFile } from './files'
import { type Hit, hitPath } from './told'

const KINDS: Record<Hit['kind'], [string, string]> = {
  block: ['区块', 'Block'],
  transaction: ['交易', 'Transaction'],
  record: ['记录', 'Record'],
  party: ['机构', 'Party'],
  digest: ['单据摘要', 'Digest'],
}

export function Search() {
  const t = useText()
  const [query, setQuery] = useSearchParams()
  const asked = query.get('q') ?? ''
  const [text, setText] = useState(asked)
  const navigate = useNavigate()
  const look = (sought: string) => setQuery(sought.trim() ? { q: sought.trim() } : {})
  const take = async (file: File) => {
    if (await isReceiptFile(file)) {
      keepFile(file)
      void navigate('/verify')
      return
    }
    const digest = await digestOf(file)
    setText(digest)
    look(digest)
  }
  return (
    <Flex vertical gap={8}>
      <Input.Search
        size="large"
        allowClear
        value={text}
        maxLength={200}
        aria-label={t('搜索', 'Search')}
        placeholder={t('交易号、区块高度或哈希、记录编号、机构、单据摘要', 'Transaction, block height or hash, record, party, document digest')}
        enterButton={t('搜索', 'Search')}
        onChange={(event) => setText(event.target.value)}
        onSearch={look}
      />
      <Upload.Dragger showUploadList={false} beforeUpload={(file) => (void take(file), false)} style={{ padding: 0 }}>
        <InboxOutlined /> {t('拖入文件：回执文件即时核验，其他文件按摘要查找（文件不离开本机）', 'Drop a file: a receipt is verified, any other is looked up by its digest (it stays on this machine)')}
      </Upload.Dragger>
      {asked && <Found asked={asked} />}
    </Flex>
  )
}

function Found({ asked }: { asked: string }) {
  const t = useText()
  const pair = usePair()
  const { data, refused, loading } = useGet<{ hits: Hit[] }>(`/api/v1/explorer/search?q=${encodeURIComponent(asked)}`)
  if (refused) return <RefusedAlert problem={refused.problem} />
  return (
    <Card size="small" title={t('搜索结果', 'Found')} loading={loading}>
      <List
        size="small"
        dataSource={data?.hits ?? []}
        locale={{ emptyText: t('没有找到，或与贵机构无关。', 'Nothing found, or nothing that concerns your organisation.') }}
        renderItem={(hit) => (
          <List.Item>
            <Link to={hitPath(hit)}>
              <Tag color="blue">{pair(KINDS[hit.kind])}</Tag>
              {pair(hit.title)} <Typography.Text className="mono">{hit.kind === 'record' ? '' : hit.id}</Typography.Text>
            </Link>
          </List.Item>
        )}
      />
    </Card>
  )
}

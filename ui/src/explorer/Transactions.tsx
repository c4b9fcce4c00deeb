// A list of transactions that concern the user's organisation, the latest on top; the whole of it as a table to take away.
import { DownloadOutlined } from '@ant-design/icons'
import { Button, Card, Flex, Table, Tag } from 'antd'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { useLive } from '../kit/live'
import { usePair, usePrefs, useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import { useGet } from '../kit/useGet'
import { useDesk, useParty, Value } from '../kit/Value'
import type { Line, Lines } from './told'

export function Transactions({ chosen = {}, title, size = 10 }: { chosen?: Record<string, string>; title: string; size?: number }) {
  const t = useText()
  const { lang } = usePrefs()
  const pair = usePair()
  const party = useParty()
  const desk = useDesk()
  const [before, setBefore] = useState<string[]>([])
  const query = (more: Record<string, string>) => `/api/v1/explorer/transactions?${new URLSearchParams({ ...chosen, ...more }).toString()}`
  const at = before.at(-1)
  const { data, refused, again } = useGet<Lines>(query({ limit: String(size), ...(at ? { before: at } : {}) }))
  useLive(() => !at && again())
  if (refused) return <RefusedAlert problem={refused.problem} />
  return (
    <Card
      size="small"
      title={title}
      styles={{ body: { padding: 0 } }}
      extra={
        <Button size="small" icon={<DownloadOutlined />} href={query({ format: 'csv', lang })}>
          {t('导出', 'Export')}
        </Button>
      }
    >
      <Table<Line>
        size="small"
        rowKey="tx"
        pagination={false}
        dataSource={data?.transactions}
        loading={!data}
        scroll={{ x: 'max-content' }}
        columns={[
          { title: t('操作', 'Act'), render: (_, row) => <Link to={`/tx/${encodeURIComponent(row.tx)}`}>{pair(row.title)}</Link> },
          { title: t('结果', 'Outcome'), render: (_, row) => (row.code === 'OK' ? <Tag color="green">{t('已执行', 'Done')}</Tag> : <Tag color="red">{row.code}</Tag>) },
          { title: t('签署人', 'Signed by'), render: (_, row) => row.users.map((user) => <Tag key={user}>{party(user.split('/')[0])} · {desk(user)}</Tag>) },
          { title: t('时间', 'Time'), render: (_, row) => <Value value={row.time} format="time" /> },
          { title: t('区块', 'Block'), align: 'right', render: (_, row) => <Link to={`/explorer/block/${row.height}`}>{row.height}</Link> },
          { title: t('交易号', 'Transaction'), render: (_, row) => <Value value={row.tx} format="hash" /> },
        ]}
      />
      <Flex justify="end" gap={8} style={{ padding: 8 }}>
        <Button size="small" disabled={!before.length} onClick={() => setBefore(before.slice(0, -1))}>
          {t('较新', 'Newer')}
        </Button>
        <Button size="small" disabled={!data?.next} onClick={() => data?.next && setBefore([...before, data.next])}>
          {t('较早', 'Older')}
        </Button>
      </Flex>
    </Card>
  )
}

/** The list as a page of its own: what it is narrowed to stands in the address. */
export function TransactionsPage() {
  const t = useText()
  const party = useParty()
  const [query] = useSearchParams()
  const chosen = Object.fromEntries([...query].filter(([name]) => ['party', 'digest', 'action', 'record', 'block'].includes(name)))
  const of = chosen.party ? party(chosen.party) : Object.values(chosen).join(' ')
  return <Transactions key={query.toString()} chosen={chosen} title={of ? t(`交易：${of}`, `Transactions: ${of}`) : t('交易', 'Transactions')} size={20} />
}

// Blocks as they come, the latest on top.
import { Button, Card, Flex, Table, Typography } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { useLive } from '../kit/live'
import { useText } from '../kit/prefs'
import { useGet } from '../kit/useGet'
import { Value } from '../kit/Value'
import type { BlockRow, Blocks as Told } from './told'
import { usePresent } from './usePresent'

export function Blocks({ size = 10, everyMs = 5000 }: { size?: number; everyMs?: number }) {
  const t = useText()
  const [before, setBefore] = useState<number[]>([])
  const below = before.at(-1)
  const { data, again } = useGet<Told>(`/api/v1/explorer/blocks?limit=${size}${below ? `&before=${below}` : ''}`)
  useLive(again)
  usePresent(() => below === undefined && again(), everyMs)
  return (
    <Card size="small" title={t('最新区块', 'Latest blocks')} styles={{ body: { padding: 0 } }}>
      <Table<BlockRow>
        size="small"
        rowKey="height"
        pagination={false}
        dataSource={data?.blocks}
        loading={!data}
        scroll={{ x: 'max-content' }}
        columns={[
          { title: t('高度', 'Height'), render: (_, row) => <Link to={`/explorer/block/${row.height}`}>{row.height}</Link> },
          { title: t('时间', 'Time'), render: (_, row) => <Value value={row.time} format="time" /> },
          { title: t('交易', 'Transactions'), align: 'right', render: (_, row) => <span className="amount">{row.transactions}</span> },
          { title: t('与我相关', 'Of mine'), align: 'right', render: (_, row) => <span className="amount">{row.concerning}</span> },
          { title: t('哈希', 'Hash'), render: (_, row) => <Value value={row.hash} format="hash" /> },
        ]}
      />
      <Flex justify="space-between" align="center" style={{ padding: 8 }}>
        <Typography.Text type="secondary">{data && t(`已整理至第 ${data.height} 块`, `Indexed up to block ${data.height}`)}</Typography.Text>
        <Flex gap={8}>
          <Button size="small" disabled={!before.length} onClick={() => setBefore(before.slice(0, -1))}>
            {t('较新', 'Newer')}
          </Button>
          <Button size="small" disabled={!data?.next} onClick={() => data?.next && setBefore([...before, data.next])}>
            {t('较早', 'Older')}
          </Button>
        </Flex>
      </Flex>
    </Card>
  )
}

// Orders as a ladder: one row a price, bids to the left and offers to the right, each with its share of the largest.
import { Card, Progress, Table } from 'antd'
import { usePair, useText } from '../kit/prefs'
import { useWritten } from '../kit/Value'
import { at, numberOf, type Data } from '../kit/values'
import type { Book as BookSpec } from '../spec'
import type { Drawn } from './Widget'

const BIDS = ['BUY', 'BID', 'DBIT']

export function Book({ spec, drawn }: { spec: BookSpec; drawn: Drawn }) {
  const pair = usePair()
  const t = useText()
  const written = useWritten()
  const rows = (at(drawn.data, spec.path) ?? []) as Data[]
  const rungs = new Map<string, { price: string; bid: number; offer: number }>()
  for (const row of rows) {
    const price = written(at(row, spec.price))
    const rung = rungs.get(price) ?? { price, bid: 0, offer: 0 }
    rung[BIDS.includes(String(at(row, spec.side))) ? 'bid' : 'offer'] += numberOf(at(row, spec.amount))
    rungs.set(price, rung)
  }
  const ladder = [...rungs.values()].sort((a, b) => b.price.localeCompare(a.price, 'en', { numeric: true }))
  const most = Math.max(1, ...ladder.map((rung) => Math.max(rung.bid, rung.offer)))
  const bar = (amount: number, steps: string) =>
    amount ? <Progress percent={(amount / most) * 100} strokeColor={steps} size="small" format={() => amount.toLocaleString('en-US')} aria-label={amount.toLocaleString('en-US')} /> : null
  return (
    <Card title={pair(spec.title)} size="small" styles={{ body: { padding: 0 } }}>
      <Table
        size="small"
        rowKey="price"
        pagination={false}
        dataSource={ladder}
        columns={[
          { title: t('买入', 'Bids'), dataIndex: 'bid', render: (amount: number) => bar(amount, '#389e0d') },
          { title: t('价格', 'Price'), dataIndex: 'price', align: 'center' as const },
          { title: t('卖出', 'Offers'), dataIndex: 'offer', render: (amount: number) => bar(amount, '#cf1322') },
        ]}
      />
    </Card>
  )
}

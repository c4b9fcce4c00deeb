// Two states of a record side by side; what differs is marked.
import { Card, Table, Typography } from 'antd'
import { guess } from '../forms/ActForm'
import { useKnown } from '../kit/pages'
import { usePair, useText } from '../kit/prefs'
import { useWritten } from '../kit/Value'
import { at, isMoney, type Data } from '../kit/values'
import type { Diff as DiffSpec } from '../spec'
import type { Drawn } from './Widget'

export function Diff({ spec, drawn }: { spec: DiffSpec; drawn: Drawn }) {
  const pair = usePair()
  return (
    <Card title={pair(spec.title)} size="small" styles={{ body: { padding: 0 } }}>
      <Differences one={at(drawn.data, spec.before)} other={at(drawn.data, spec.after)} />
    </Card>
  )
}

export function Differences({ one, other }: { one: Data; other: Data }) {
  const pair = usePair()
  const t = useText()
  const { document } = useKnown()
  const written = useWritten()
  const before = leaves(one)
  const after = leaves(other)
  const told = (path: string, value: Data) => written(value, guess(path.split('.').at(-1)!, value))
  const rows = [...new Set([...before.keys(), ...after.keys()])].map((path) => ({ path, before: before.get(path), after: after.get(path) }))
  // A record that is new differs in everything, which need not be marked.
  const differs = (row: { before: Data; after: Data }) => before.size > 0 && JSON.stringify(row.before) !== JSON.stringify(row.after)
  return (
    <Table
      size="small"
      rowKey="path"
      style={{ overflowWrap: 'anywhere' }}
      pagination={false}
      dataSource={rows}
      columns={[
        { title: t('字段', 'Field'), dataIndex: 'path', render: (path: string) => pair(document.words[path.split('.').at(-1)!] ?? [path, path]) },
        { title: t('之前', 'Before'), dataIndex: 'before', render: (value: Data, row) => told(row.path, value) },
        { title: t('之后', 'After'), dataIndex: 'after', render: (value: Data, row) => (differs(row) ? <Typography.Text strong>{told(row.path, value)}</Typography.Text> : told(row.path, value)) },
      ]}
    />
  )
}

function leaves(value: Data, above = ''): Map<string, Data> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isMoney(value)) return new Map(above ? [[above, value]] : [])
  return new Map(Object.entries(value).flatMap(([name, one]) => [...leaves(one, above ? `${above}.${name}` : name)]))
}

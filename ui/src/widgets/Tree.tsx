// Rows that name their parent, indented, with how much of each is taken.
import { Card, Progress, Table } from 'antd'
import { useLive } from '../kit/live'
import { usePair, useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import { useSession } from '../kit/session'
import { useGet } from '../kit/useGet'
import { FieldValue, onRight } from '../kit/Value'
import { at, filled, numberOf, type Data } from '../kit/values'
import { viewPath } from '../kit/api'
import type { Tree as TreeSpec } from '../spec'
import type { Drawn } from './Widget'

type Row = Record<string, Data> & { children?: Row[]; _id: string }

export function Tree({ spec, drawn }: { spec: TreeSpec; drawn: Drawn }) {
  const pair = usePair()
  const t = useText()
  const { session } = useSession()
  const path = spec.ask ? viewPath(spec.ask.view, filled(spec.ask.args, { params: drawn.params, org: session.org, data: drawn.data })) : null
  const { data, refused, again } = useGet<Data[]>(path)
  useLive(again)
  const rows = (spec.ask ? data : (at(drawn.data, spec.path ?? '') as Data[] | undefined)) ?? []
  return (
    <Card title={pair(spec.title)} size="small" styles={{ body: { padding: 0 } }}>
      {refused && <RefusedAlert problem={refused.problem} />}
      <Table<Row>
        key={rows.length}
        size="small"
        rowKey="_id"
        dataSource={grown(rows, spec)}
        pagination={false}
        scroll={{ x: 'max-content' }}
        expandable={{ defaultExpandAllRows: true }}
        columns={[
          ...spec.columns.map((field) => ({
            key: field.path,
            title: pair(field.title),
            align: onRight(field.format) ? ('right' as const) : undefined,
            render: (_: unknown, row: Row) => <FieldValue field={field} data={row} />,
          })),
          {
            key: '_taken',
            title: t('占用', 'Taken'),
            width: 160,
            render: (_: unknown, row: Row) => {
              const whole = at(row, spec.whole)
              const units = typeof whole === 'object' && whole !== null ? (whole as { minor: number }).minor : numberOf(whole)
              const percent = units ? Math.round((numberOf(at(row, spec.done)) / units) * 100) : 0
              return <Progress percent={percent} size="small" aria-label={`${percent}%`} />
            },
          },
        ]}
      />
    </Card>
  )
}

function grown(rows: Data[], spec: TreeSpec): Row[] {
  const known = new Map(rows.map((row) => [String(at(row, spec.id)), { ...(row as Record<string, Data>), _id: String(at(row, spec.id)) } as Row]))
  const roots: Row[] = []
  for (const row of known.values()) {
    const above = known.get(String(at(row, spec.parent)))
    if (above) (above.children ??= []).push(row)
    else roots.push(row)
  }
  return roots
}

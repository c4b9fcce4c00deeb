// Draws whatever a page declares, widget by widget. Graphs and charts are loaded when a page first has one.
import { Card, Col, Descriptions, Empty, Progress as Bar, Row, Skeleton, Statistic, Steps as Life, Tag, Timeline as Line, Typography } from 'antd'
import { lazy, Suspense, type ReactNode } from 'react'
import { usePair, useText } from '../kit/prefs'
import { FieldValue, useStage, useWritten } from '../kit/Value'
import { at, isMoney, numberOf, type Data } from '../kit/values'
import type { Cell, Field } from '../spec'
import { Actions } from './Actions'
import { Book } from './Book'
import { Certificate } from './Certificate'
import { Diff } from './Diff'
import { Documents } from './Documents'
import { InPage } from './InPage'
import { Markdown } from './Markdown'
import { Table } from './Table'
import { Tree } from './Tree'
import { Upload } from './Upload'

const Graph = lazy(async () => ({ default: (await import('./Graph')).Graph }))
const Chart = lazy(async () => ({ default: (await import('./Chart')).Chart }))

export type Spec = Cell['stack'][number]
/** What a page knows: its parameters, the answers to its questions, and how to ask them anew. */
export type Drawn = { params: Record<string, string>; data: Record<string, Data>; again: () => void }
type Of<K extends Spec['kind']> = Extract<Spec, { kind: K }>

export function Widget({ spec, drawn }: { spec: Spec; drawn: Drawn }): ReactNode {
  switch (spec.kind) {
    case 'stats':
      return <Stats spec={spec} drawn={drawn} />
    case 'fields':
      return <Fields spec={spec} drawn={drawn} />
    case 'table':
      return <Table spec={spec} drawn={drawn} />
    case 'tree':
      return <Tree spec={spec} drawn={drawn} />
    case 'timeline':
      return <Timeline spec={spec} drawn={drawn} />
    case 'steps':
      return <Steps spec={spec} drawn={drawn} />
    case 'progress':
      return <Progress spec={spec} drawn={drawn} />
    case 'graph':
      return (
        <Suspense fallback={<Skeleton active />}>
          <Graph spec={spec} drawn={drawn} />
        </Suspense>
      )
    case 'chart':
      return (
        <Suspense fallback={<Skeleton active />}>
          <Chart spec={spec} drawn={drawn} />
        </Suspense>
      )
    case 'action':
      return <InPage spec={spec} drawn={drawn} />
    case 'actions':
      return <Actions spec={spec} drawn={drawn} />
    case 'upload':
      return <Upload spec={spec} />
    case 'documents':
      return <Documents spec={spec} drawn={drawn} />
    case 'certificate':
      return <Certificate spec={spec} drawn={drawn} />
    case 'diff':
      return <Diff spec={spec} drawn={drawn} />
    case 'markdown':
      return <Markdown text={spec.text} />
    case 'book':
      return <Book spec={spec} drawn={drawn} />
    case 'custom':
      return <Empty description={spec.name} />
  }
}

const has = (drawn: Drawn, field: Field) => at(drawn.data, field.path) !== undefined

function Stats({ spec, drawn }: { spec: Of<'stats'>; drawn: Drawn }) {
  const pair = usePair()
  const written = useWritten()
  const stage = useStage()
  return (
    <Row gutter={[12, 12]}>
      {spec.items.map((field) => {
        const value = at(drawn.data, field.path)
        const unit = isMoney(value) ? value.ccy : field.format === 'fen' ? 'CNY' : undefined
        return (
          <Col flex="1 1 170px" key={field.path}>
            <Card size="small" style={{ height: '100%' }}>
              {field.format === 'stage' ? (
                <Statistic title={pair(field.title)} value=" " formatter={() => <Tag color={stage(String(value)).colour}>{stage(String(value)).text}</Tag>} />
              ) : (
                <Statistic title={pair(field.title)} value={written(value, field.format)} formatter={(shown) => shown} suffix={unit && <Typography.Text type="secondary">{unit}</Typography.Text>} styles={{ content: { fontSize: 20, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' } }} />
              )}
            </Card>
          </Col>
        )
      })}
    </Row>
  )
}

function Fields({ spec, drawn }: { spec: Of<'fields'>; drawn: Drawn }) {
  const pair = usePair()
  const items = spec.items.filter((field) => has(drawn, field))
  if (items.length === 0) return null
  return (
    <Card title={pair(spec.title)} size="small">
      <Descriptions
        size="small"
        column={{ xs: 1, sm: 1, md: 2, lg: Math.min(2, spec.columns ?? 3), xl: spec.columns ?? 3 }}
        items={items.map((field) => ({ key: field.path, label: pair(field.title), children: <FieldValue field={field} data={drawn.data} /> }))}
      />
    </Card>
  )
}

function Timeline({ spec, drawn }: { spec: Of<'timeline'>; drawn: Drawn }) {
  const pair = usePair()
  const stage = useStage()
  const rows = at(drawn.data, spec.path) as Data[] | undefined
  if (!rows) return null
  return (
    <Card title={pair(spec.title)} size="small">
      {rows.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} />}
      <Line
        items={rows.map((row, place) => {
          const { text, colour } = stage(String(at(row, spec.what)))
          return {
            key: place,
            color: colour === 'default' ? 'gray' : colour,
            content: (
              <>
                <Tag color={colour}>{text}</Tag>
                <Typography.Text type="secondary">{String(at(row, spec.when)).slice(0, 19).replace('T', ' ')}</Typography.Text>
                <div>
                  {(spec.more ?? []).filter((field) => at(row, field.path)).map((field) => (
                    <span key={field.path} style={{ marginInlineEnd: 12, display: 'inline-block' }}>
                      <Typography.Text type="secondary">{pair(field.title)} </Typography.Text>
                      <FieldValue field={field} data={row} />
                    </span>
                  ))}
                </div>
              </>
            ),
          }
        })}
      />
    </Card>
  )
}

function Steps({ spec, drawn }: { spec: Of<'steps'>; drawn: Drawn }) {
  const pair = usePair()
  const stage = useStage()
  const now = at(drawn.data, spec.path)
  if (now === undefined) return null
  const place = spec.stages.indexOf(String(now))
  // A stage aside from the usual way (refused, overdue) is shown as its end.
  const stages = place < 0 ? [spec.stages[0], String(now)] : spec.stages
  const current = place < 0 ? 1 : place
  const last = current === stages.length - 1
  return (
    <Card size="small" aria-label={pair(spec.title)}>
      <Life
        size="small"
        responsive
        current={current}
        status={place < 0 ? 'error' : last ? 'finish' : 'process'}
        items={stages.map((each) => ({ title: stage(each).text }))}
      />
    </Card>
  )
}

function Progress({ spec, drawn }: { spec: Of<'progress'>; drawn: Drawn }) {
  const pair = usePair()
  const t = useText()
  const whole = numberOf(at(drawn.data, spec.whole) ?? 0)
  const done = numberOf(at(drawn.data, spec.done) ?? 0)
  if (at(drawn.data, spec.whole) === undefined) return null
  const percent = whole > 0 ? Math.round((done / whole) * 1000) / 10 : 0
  return (
    <Card size="small" title={pair(spec.title)}>
      <Bar percent={percent} status={percent >= 100 ? 'success' : 'active'} format={() => `${percent}%`} aria-label={`${pair(spec.title)} ${percent}%`} />
      <Typography.Text type="secondary">
        {done.toLocaleString('en-US', { minimumFractionDigits: 2 })} {t('/ 共', 'of')} {whole.toLocaleString('en-US', { minimumFractionDigits: 2 })}
      </Typography.Text>
    </Card>
  )
}


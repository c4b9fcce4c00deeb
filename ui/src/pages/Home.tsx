// The workbench: what waits for my signature or my desk, and what my organisation has proposed.
import { Badge, Button, Card, Col, Empty, Flex, Row, Statistic, Table, Tabs, Tag, Typography } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { useKnown } from '../kit/pages'
import { usePair, useText } from '../kit/prefs'
import { useSession } from '../kit/session'
import { useWaiting, type Proposal } from '../kit/todos'
import { useGet } from '../kit/useGet'
import { FieldValue, onRight, useDesk, useLinkPath, useParty } from '../kit/Value'
import type { Data } from '../kit/values'

export function Home() {
  const t = useText()
  const pair = usePair()
  const party = useParty()
  const desk = useDesk()
  const { session } = useSession()
  const waiting = useWaiting()
  const { data: today } = useGet<{ date: string } | string>('/api/v1/ledger/today')
  const day = typeof today === 'string' ? today : today?.date
  const [chosen, choose] = useState<string | null>(null)
  const some = waiting.todos.filter((each) => each.rows.length > 0)
  const first = waiting.proposals.length === 0 && some.length > 0 ? some[0].todo.title[1] : 'sign'
  const tabs = [
    { key: 'sign', label: <Badge count={waiting.proposals.length} size="small" offset={[10, 0]}>{t('待我签署', 'For my signature')}</Badge>, children: <Proposals rows={waiting.proposals} /> },
    ...some.map(({ todo, rows }) => ({ key: todo.title[1], label: <Badge count={rows.length} size="small" offset={[10, 0]}>{pair(todo.title)}</Badge>, children: <Todos todo={todo} rows={rows} /> })),
    { key: 'proposed', label: t('本机构发起', 'Proposed by us'), children: <Proposals rows={waiting.proposed} /> },
  ]
  return (
    <Flex vertical gap={12}>
      <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
        {t('工作台', 'Workbench')}
      </Typography.Title>
      <Row gutter={[12, 12]}>
        <Figure title={t('机构', 'Organisation')} value={party(session.org)} />
        <Figure title={t('岗位', 'Desk')} value={desk(session.user)} />
        <Figure title={t('业务日期', 'Business date')} value={day ?? '–'} />
        <Figure title={t('待办', 'To do')} value={waiting.count} />
      </Row>
      <Card size="small">
        <Tabs items={tabs} activeKey={chosen ?? first} onChange={choose} />
      </Card>
    </Flex>
  )
}

function Figure({ title, value }: { title: string; value: string | number }) {
  return (
    <Col flex="1 1 170px">
      <Card size="small">
        <Statistic title={title} value={value} formatter={(shown) => shown} styles={{ content: { fontSize: 20 } }} />
      </Card>
    </Col>
  )
}

function Proposals({ rows }: { rows: Proposal[] }) {
  const t = useText()
  const pair = usePair()
  const party = useParty()
  const desk = useDesk()
  const { actions } = useKnown()
  if (rows.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('没有待签事项', 'Nothing to sign')} />
  return (
    <Table<Proposal>
      size="small"
      rowKey="proposal"
      dataSource={rows}
      pagination={rows.length > 10 ? { size: 'small' } : false}
      scroll={{ x: 'max-content' }}
      columns={[
        { title: t('事项', 'Act'), render: (_, row) => <Link to={`/proposal/${row.proposal}`}>{pair(actions.get(row.action)?.title) || row.action}</Link> },
        { title: t('提出机构', 'Proposed by'), render: (_, row) => party(row.proposer) },
        { title: t('说明', 'Note'), dataIndex: 'note' },
        { title: t('已签', 'Signed'), render: (_, row) => row.signatures.map((one) => <Tag key={one.user}>{party(one.org)} · {desk(one.user)}</Tag>) },
        { title: t('截止', 'Until'), dataIndex: 'expires' },
        { title: t('操作', 'Act'), fixed: 'right', render: (_, row) => <Link to={`/proposal/${row.proposal}`}><Button type="link" size="small">{t('查看', 'Open')}</Button></Link> },
      ]}
    />
  )
}

function Todos({ todo, rows }: { todo: ReturnType<typeof useWaiting>['todos'][number]['todo']; rows: Data[] }) {
  const t = useText()
  const pair = usePair()
  const path = useLinkPath()
  return (
    <Table<Data>
      size="small"
      rowKey={(row) => JSON.stringify(row)}
      dataSource={rows}
      pagination={rows.length > 10 ? { size: 'small' } : false}
      scroll={{ x: 'max-content' }}
      columns={[
        ...todo.columns.map((field) => ({ key: field.path, title: pair(field.title), align: onRight(field.format) ? ('right' as const) : undefined, render: (_: unknown, row: Data) => <FieldValue field={field} data={row} /> })),
        { key: '_open', title: t('操作', 'Act'), fixed: 'right' as const, render: (_: unknown, row: Data) => <Link to={path(todo.link, row) ?? '/home'}><Button type="link" size="small">{t('办理', 'Do it')}</Button></Link> },
      ]}
    />
  )
}

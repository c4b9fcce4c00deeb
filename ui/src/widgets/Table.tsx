// Rows of a view: sorted, filtered, searched, paged and exported by the node; or a list already in the page's data.
import { DownloadOutlined, ReloadOutlined } from '@ant-design/icons'
import { Button, Card, Flex, Input, Space, Table as Grid, Typography } from 'antd'
import type { TableProps } from 'antd'
import { useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import { request } from '../kit/api'
import { useLive } from '../kit/live'
import { useKnown } from '../kit/pages'
import { usePair, usePrefs, useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import { useSession } from '../kit/session'
import { useGet } from '../kit/useGet'
import { FieldValue, onRight, useStage, useWritten } from '../kit/Value'
import { at, filled, type Data } from '../kit/values'
import type { Do, Field, Table as TableSpec } from '../spec'
import { actPath } from '../forms/actPath'
import type { Drawn } from './Widget'

type Row = Record<string, Data>
type Shown = { rows: Row[]; total: number; whole: boolean }
type Query = { page: number; size: number; sort: string; find: string; where: Record<string, string[]> }

export function Table({ spec, drawn }: { spec: TableSpec; drawn: Drawn }) {
  return spec.ask ? <Asked spec={spec} drawn={drawn} /> : <Given spec={spec} drawn={drawn} />
}

function Given({ spec, drawn }: { spec: TableSpec; drawn: Drawn }) {
  const pair = usePair()
  const rows = (at(drawn.data, spec.path ?? '') ?? []) as Data[]
  const keyed = rows.map((row) => (typeof row === 'object' && row !== null ? (row as Row) : { value: row }))
  const columns = useColumns(spec, drawn, {})
  if (at(drawn.data, spec.path ?? '') === undefined) return null
  return (
    <Card title={pair(spec.title)} size="small" styles={{ body: { padding: 0 } }}>
      <Grid<Row> size="small" rowKey={(row) => JSON.stringify(row)} dataSource={keyed} columns={columns} scroll={{ x: 'max-content' }} pagination={keyed.length > 10 ? { size: 'small' } : false} />
    </Card>
  )
}

function Asked({ spec, drawn }: { spec: TableSpec; drawn: Drawn }) {
  const t = useText()
  const pair = usePair()
  const { session } = useSession()
  const { organisations } = useKnown()
  const [query, setQuery] = useState<Query>({ page: 1, size: spec.size ?? 10, sort: '', find: '', where: {} })
  const ask = spec.ask!
  const address = useMemo(() => {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(filled(ask.args, { params: drawn.params, org: session.org, data: drawn.data }))) {
      if (value !== undefined && value !== null) search.append(name, String(value))
    }
    if (query.sort) search.append('_sort', query.sort)
    if (query.find) {
      search.append('_find', query.find)
      for (const org of organisations.values()) if (org.name_zh.includes(query.find) || org.name_en.toLowerCase().includes(query.find.toLowerCase())) search.append('_find', org.org)
    }
    for (const [path, values] of Object.entries(query.where)) for (const value of values) search.append('_where', `${path}:${value}`)
    return { base: `/api/v1/tables/${ask.view.replace('.', '/')}`, search: search.toString() }
  }, [ask, drawn, session.org, query.sort, query.find, query.where, organisations])
  const { data, refused, loading, again } = useGet<Shown>(`${address.base}?${address.search}&_page=${query.page}&_size=${query.size}`)
  useLive(again)
  const columns = useColumns(spec, drawn, query.where, true)
  const changed: TableProps<Row>['onChange'] = (pagination, filters, sorter) => {
    const one = Array.isArray(sorter) ? sorter[0] : sorter
    const sort = one.order ? `${one.order === 'descend' ? '-' : ''}${String(one.columnKey)}` : ''
    const where = Object.fromEntries(Object.entries(filters).flatMap(([path, values]) => (values?.length ? [[path, values.map(String)]] : [])))
    setQuery((before) => ({ ...before, page: pagination.current ?? 1, size: pagination.pageSize ?? before.size, sort, where }))
  }
  const save = async () => {
    const titles = spec.columns.map((column) => `_column=${encodeURIComponent(`${column.path}~${pair(column.title)}`)}`).join('&')
    const answer = await request(`${address.base}?${address.search}&${titles}`, { headers: { Accept: 'text/csv' } })
    download(await answer.blob(), `${ask.view}.csv`)
  }
  return (
    <Card
      title={pair(spec.title)}
      size="small"
      styles={{ body: { padding: 0 } }}
      extra={
        <Space>
          <Input.Search
            allowClear
            size="small"
            style={{ maxWidth: 180 }}
            aria-label={t('查询', 'Search')}
            placeholder={t('查询', 'Search')}
            onSearch={(find) => setQuery((before) => ({ ...before, find: find.trim(), page: 1 }))}
          />
          <Button size="small" type="text" icon={<ReloadOutlined />} aria-label={t('刷新', 'Refresh')} onClick={again} />
          <Button size="small" type="text" icon={<DownloadOutlined />} aria-label={t('导出 CSV', 'Export CSV')} onClick={() => void save()} />
        </Space>
      }
    >
      {refused ? (
        <div style={{ padding: 12 }}>
          <RefusedAlert problem={refused.problem} />
        </div>
      ) : (
        <Grid<Row>
          size="small"
          rowKey={(row) => JSON.stringify(row)}
          dataSource={data?.rows ?? []}
          loading={loading}
          columns={columns}
          onChange={changed}
          scroll={{ x: 'max-content' }}
          pagination={{
            current: query.page, pageSize: query.size, total: data?.total ?? 0, showSizeChanger: (data?.total ?? 0) > 10, size: 'small', style: { paddingInline: 12 },
            showTotal: (total, [from, to]) => t(`第 ${from}-${to} 条/总共 ${total} 条`, `${from}-${to} of ${total}`),
          }}
          footer={data && !data.whole ? () => <Typography.Text type="secondary">{t('仅列前若干条，请缩小查询范围。', 'Only the first rows: narrow the search.')}</Typography.Text> : undefined}
        />
      )}
    </Card>
  )
}

function useColumns(spec: TableSpec, drawn: Drawn, where: Record<string, string[]>, server = false): TableProps<Row>['columns'] {
  const pair = usePair()
  const t = useText()
  const { document, organisations } = useKnown()
  const stage = useStage()
  const { lang } = usePrefs()
  const written = useWritten()
  const choices = (field: Field) => {
    if (field.format === 'party') return [...organisations.values()].map((org) => ({ value: org.org, text: lang === 'en' ? org.name_en : org.name_zh }))
    return Object.keys(document.tones).map((value) => ({ value, text: stage(value).text }))
  }
  const columns: NonNullable<TableProps<Row>['columns']> = spec.columns.map((field) => ({
    key: field.path,
    title: pair(field.title),
    align: onRight(field.format) ? ('right' as const) : undefined,
    sorter: server ? true : (a: Row, b: Row) => written(at(a, field.path), field.format).localeCompare(written(at(b, field.path), field.format), 'zh', { numeric: true }),
    ...(server && spec.filters?.includes(field.path) ? { filters: choices(field), filteredValue: where[field.path] ?? null, filterSearch: true } : {}),
    render: (_: unknown, row: Row) => <FieldValue field={field} data={row} />,
  }))
  if (spec.actions?.length) {
    columns.push({
      key: '_do',
      title: t('操作', 'Act'),
      fixed: 'right' as const,
      render: (_: unknown, row: Row) => <RowActs acts={spec.actions!} row={row} drawn={drawn} />,
    })
  }
  return columns
}

function RowActs({ acts, row, drawn }: { acts: Do[]; row: Row; drawn: Drawn }) {
  const { actions } = useKnown()
  const { session } = useSession()
  const pair = usePair()
  const navigate = useNavigate()
  return (
    <Flex gap={4}>
      {acts.map((act) => (
        <Button
          key={act.action}
          type="link"
          size="small"
          style={{ padding: 0 }}
          onClick={() => void navigate(actPath(act.action, filled(act.fill, { params: drawn.params, org: session.org, data: row })))}
        >
          {pair(actions.get(act.action)?.title)}
        </Button>
      ))}
    </Flex>
  )
}

export function download(blob: Blob, name: string) {
  const link = Object.assign(window.document.createElement('a'), { href: URL.createObjectURL(blob), download: name })
  link.click()
  URL.revokeObjectURL(link.href)
}

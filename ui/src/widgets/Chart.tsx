// Lines, bars, shares and heat from rows; the rows themselves stand behind the drawing as a table.
import { Button, Card, Empty, Table } from 'antd'
import { BarChart, HeatmapChart, LineChart, PieChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { init, use as register, type ECharts } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef, useState } from 'react'
import { viewPath } from '../kit/api'
import { useLive } from '../kit/live'
import { usePair, usePrefs, useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import { useSession } from '../kit/session'
import { useGet } from '../kit/useGet'
import { FieldValue, onRight, useWritten } from '../kit/Value'
import { at, filled, numberOf, type Data } from '../kit/values'
import type { Chart as ChartSpec } from '../spec'
import type { Drawn } from './Widget'

register([BarChart, HeatmapChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, CanvasRenderer])

export function Chart({ spec, drawn }: { spec: ChartSpec; drawn: Drawn }) {
  const pair = usePair()
  const t = useText()
  const written = useWritten()
  const { session } = useSession()
  const [tabled, setTabled] = useState(false)
  const path = spec.ask ? viewPath(spec.ask.view, filled(spec.ask.args, { params: drawn.params, org: session.org, data: drawn.data })) : null
  const { data, refused, again } = useGet<Data[]>(path)
  useLive(again)
  const rows = spec.ask ? data : (at(drawn.data, spec.path ?? '') as Data[] | undefined)
  if (refused) return <RefusedAlert problem={refused.problem} />
  if (!rows) return null
  const columns = [spec.x, ...spec.y]
  return (
    <Card title={pair(spec.title)} size="small" extra={<Button size="small" type="text" onClick={() => setTabled(!tabled)}>{tabled ? t('查看图形', 'Show drawing') : t('查看数据', 'Show data')}</Button>}>
      {rows.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} />
      ) : tabled ? (
        <Table
          size="small"
          pagination={false}
          rowKey={(row) => JSON.stringify(row)}
          dataSource={rows}
          columns={columns.map((field) => ({ key: field.path, title: pair(field.title), align: onRight(field.format) ? ('right' as const) : undefined, render: (_: unknown, row: Data) => <FieldValue field={field} data={row} /> }))}
        />
      ) : (
        <Drawing label={pair(spec.title)} height={spec.height ?? 280} option={drawing(spec, rows, (value, format) => written(value, format as never), spec.y.map((field) => pair(field.title)))} />
      )}
    </Card>
  )
}

type Written = (value: Data, format?: string | null) => string

function drawing(spec: ChartSpec, rows: Data[], written: Written, names: string[]): Record<string, unknown> {
  const labels = rows.map((row) => written(at(row, spec.x.path), spec.x.format))
  const values = (place: number) => rows.map((row) => numberOf(at(row, spec.y[place].path)))
  const base = { animation: false, tooltip: { trigger: 'axis' }, grid: { left: 12, right: 16, top: 24, bottom: 8, containLabel: true } }
  if (spec.shape === 'pie') {
    const slices = labels.map((name, place) => ({ name, value: values(0)[place] }))
    return { animation: false, tooltip: { trigger: 'item' }, legend: { bottom: 0 }, series: [{ type: 'pie', radius: ['45%', '70%'], center: ['50%', '45%'], data: slices }] }
  }
  if (spec.shape === 'heat') {
    const cells = values(0).map((value, place) => [place, 0, value])
    const told = ({ dataIndex }: { dataIndex: number }) => [labels[dataIndex], ...spec.y.map((field, place) => `${names[place]} ${written(at(rows[dataIndex], field.path), field.format)}`)].join('<br/>')
    return {
      ...base, tooltip: { trigger: 'item', formatter: told }, grid: { ...base.grid, bottom: 56 }, xAxis: { type: 'category', data: labels }, yAxis: { type: 'category', data: [names[0]] },
      visualMap: { min: 0, max: 100, orient: 'horizontal', left: 'center', bottom: 4, inRange: { color: ['#cf1322', '#fa8c16', '#fadb14', '#389e0d'] } },
      series: [{ type: 'heatmap', data: cells, label: { show: true, fontSize: 18, fontWeight: 'bold' } }],
    }
  }
  return {
    ...base, xAxis: { type: 'category', data: labels }, yAxis: { type: 'value' }, legend: names.length > 1 ? { top: 0 } : undefined,
    series: spec.y.map((_, place) => ({ type: spec.shape, name: names[place], data: values(place), barMaxWidth: 36, symbol: 'circle' })),
  }
}

function Drawing({ option, height, label }: { option: Record<string, unknown>; height: number; label: string }) {
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts>(null)
  const { dark } = usePrefs()
  useEffect(() => {
    const made = init(element.current!, dark ? 'dark' : undefined)
    chart.current = made
    const resized = new ResizeObserver(() => made.resize())
    resized.observe(element.current!)
    return () => {
      resized.disconnect()
      made.dispose()
    }
  }, [dark])
  useEffect(() => {
    chart.current?.setOption({ backgroundColor: 'transparent', ...option }, true)
  }, [option, dark])
  return <div ref={element} role="img" aria-label={label} style={{ height }} />
}

// A net of records laid out from left to right; each node is text in the page, so it can be read aloud, focused and tested.
import dagre from '@dagrejs/dagre'
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Node, type NodeProps } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { Card, Empty, theme } from 'antd'
import { useMemo } from 'react'
import { usePair, usePrefs } from '../kit/prefs'
import { useStage, useWritten } from '../kit/Value'
import { at, type Data } from '../kit/values'
import type { Graph as GraphSpec } from '../spec'
import type { Drawn } from './Widget'

const WIDTH = 176
const HEIGHT = 84
const COLOURS: Record<string, string> = { blue: '#1677ff', green: '#389e0d', orange: '#d46b08', red: '#cf1322', purple: '#722ed1', cyan: '#08979c', default: '#8c8c8c' }
type Box = Node<{ what: string; colour: string; lines: string[] }>

function Shape({ data }: NodeProps<Box>) {
  const { token } = theme.useToken()
  return (
    <div style={{ width: WIDTH, height: HEIGHT, borderInlineStart: `4px solid ${COLOURS[data.colour]}`, border: `1px solid ${token.colorBorder}`, borderLeft: `4px solid ${COLOURS[data.colour]}`, borderRadius: 6, background: token.colorBgContainer, color: token.colorText, fontSize: 12, lineHeight: '18px', padding: '5px 8px', overflow: 'hidden' }}>
      <Handle type="target" position={Position.Left} style={{ visibility: 'hidden' }} />
      <b>{data.what}</b>
      {data.lines.map((line) => (
        <div key={line} style={{ whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' }}>
          {line}
        </div>
      ))}
      <Handle type="source" position={Position.Right} style={{ visibility: 'hidden' }} />
    </div>
  )
}

const shapes = { box: Shape }

export function Graph({ spec, drawn }: { spec: GraphSpec; drawn: Drawn }) {
  const pair = usePair()
  const { dark } = usePrefs()
  const stage = useStage()
  const written = useWritten()
  const rows = at(drawn.data, spec.path) as Data[] | undefined
  const { nodes, edges } = useMemo(() => {
    const layout = new dagre.graphlib.Graph().setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 44 }).setDefaultEdgeLabel(() => ({}))
    const known = new Map((rows ?? []).map((row) => [String(at(row, spec.id)), row]))
    const edges = [...known].flatMap(([id, row]) =>
      [at(row, spec.parents)].flat().filter((parent) => typeof parent === 'string' && known.has(parent)).map((parent) => ({ id: `${String(parent)}>${id}`, source: String(parent), target: id, type: 'smoothstep', markerEnd: { type: MarkerType.ArrowClosed } })),
    )
    known.forEach((_, id) => layout.setNode(id, { width: WIDTH, height: HEIGHT }))
    edges.forEach((edge) => layout.setEdge(edge.source, edge.target))
    dagre.layout(layout)
    const nodes: Box[] = [...known].map(([id, row]) => {
      const { text, colour } = stage(String(at(row, spec.what)))
      const lines = (spec.more ?? []).map((field) => written(at(row, field.path), field.format))
      const place = layout.node(id)
      return { id, type: 'box', ariaLabel: [text, ...lines].join(' '), position: { x: place.x - WIDTH / 2, y: place.y - HEIGHT / 2 }, data: { what: text, colour, lines } }
    })
    return { nodes, edges }
  }, [rows, spec, stage, written])
  if (!rows) return null
  return (
    <Card title={pair(spec.title)} size="small" styles={{ body: { padding: 0 } }}>
      {rows.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} />
      ) : (
        <section aria-label={pair(spec.title)} style={{ height: spec.height ?? 380 }}>
          <ReactFlow key={nodes.length} nodes={nodes} edges={edges} nodeTypes={shapes} colorMode={dark ? 'dark' : 'light'} fitView fitViewOptions={{ padding: 0.05, maxZoom: 1 }} minZoom={0.2} nodesDraggable={false} nodesConnectable={false} edgesFocusable={false} preventScrolling={false} zoomOnScroll={false} proOptions={{ hideAttribution: true }}>
            <Background />
            <Controls showInteractive={false} />
          </ReactFlow>
        </section>
      )}
    </Card>
  )
}

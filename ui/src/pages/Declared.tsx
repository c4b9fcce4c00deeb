// A page as it is declared: its questions asked, its widgets drawn, asked anew when something happens on the ledger.
import { Breadcrumb, Col, Flex, Result, Row, Skeleton, Typography } from 'antd'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { useParams, useSearchParams } from 'react-router'
import { api, Refused, viewPath, type Problem } from '../kit/api'
import { useLive } from '../kit/live'
import { useKnown } from '../kit/pages'
import { usePair, useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import { useSession } from '../kit/session'
import { at, filled, type Data } from '../kit/values'
import { NotFound } from '../shell/NotFound'
import { LookUp } from './LookUp'
import type { Page } from '../spec'
import { Widget } from '../widgets/Widget'

export function Declared() {
  const { id } = useParams()
  const { pages } = useKnown()
  const page = pages.get(id ?? '')
  const [query] = useSearchParams()
  const params = useMemo(() => Object.fromEntries(query.entries()), [query])
  if (!page) return <NotFound />
  if ((page.takes ?? []).some((name) => !params[name])) return <LookUp page={page} />
  return <Asked key={`${page.id}?${query.toString()}`} page={page} params={params} />
}

function Asked({ page, params }: { page: Page; params: Record<string, string> }) {
  const pair = usePair()
  const t = useText()
  const { session } = useSession()
  const { document } = useKnown()
  const [data, setData] = useState<Record<string, Data> | null>(null)
  const [refused, setRefused] = useState<Problem | null>(null)
  const [round, setRound] = useState(0)
  const again = useCallback(() => setRound((n) => n + 1), [])
  useLive(again)
  useEffect(() => {
    let here = true
    ask(page, params, session.org).then(
      (found) => here && (setData(found), setRefused(null)),
      (error: unknown) => {
        if (!(error instanceof Refused)) throw error
        if (here) setRefused(error.problem)
      },
    )
    return () => {
      here = false
    }
  }, [page, params, session.org, round])
  const shelf = document.shelves.find((one) => one.pages.some((each) => each.id === page.id))
  const heading = data && page.heading ? at(data, page.heading) : undefined
  const title = heading ? `${pair(page.title)} ${String(heading)}` : pair(page.title)
  useEffect(() => {
    window.document.title = `${title} · ${t('合契', 'Heqi')}`
  }, [title, t])
  if (refused) {
    return refused.status === 404 ? (
      <Result status="404" title={t('未找到', 'Not found')} subTitle={t('不存在，或与贵机构无关。', 'It is not there, or does not concern your organisation.')} />
    ) : (
      <RefusedAlert problem={refused} />
    )
  }
  return (
    <Flex vertical gap={12}>
      <Breadcrumb items={[{ title: shelf && pair(shelf.title) }, { title: pair(page.title) }]} />
      <Typography.Title level={1} style={{ fontSize: 20, margin: 0, wordBreak: 'break-all' }}>
        {title}
      </Typography.Title>
      {data === null ? (
        <Skeleton active />
      ) : (
        page.rows.map((row, place) => (
          <Row gutter={[12, 12]} key={place}>
            {row.map((cell, column) => (
              <Col key={column} xs={24} lg={cell.span ?? 24} style={{ minWidth: 0 }}>
                <Flex vertical gap={12}>
                  {cell.stack.map((spec, number) => (
                    <Widget key={number} spec={spec} drawn={{ params, data, again }} />
                  ))}
                </Flex>
              </Col>
            ))}
          </Row>
        ))
      )}
    </Flex>
  )
}

/** The answers by name. A question named with `?` may be answered with "not found"; it is then left out. */
async function ask(page: Page, params: Record<string, string>, org: string): Promise<Record<string, Data>> {
  const asked = Object.entries(page.asks ?? {}).map(async ([name, question]) => {
    const path = viewPath(question.view, filled(question.args, { params, org, data: {} }))
    try {
      return [[name.replace('?', ''), await api<Data>(path)] as const]
    } catch (error) {
      if (error instanceof Refused && name.endsWith('?') && error.problem.status === 404) return []
      throw error
    }
  })
  return Object.fromEntries((await Promise.all(asked)).flat())
}

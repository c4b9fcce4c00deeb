// What can be done with this record: the node tries each act for the asker; allowed ones are buttons, the others greyed with the reason.
import { Button, Card, Flex, Space, Tooltip, Typography } from 'antd'
import { useCallback, useEffect, useState } from 'react'
import { useNavigate } from 'react-router'
import { actPath } from '../forms/actPath'
import { tryActs, type Trial } from '../forms/ActForm'
import { Refused } from '../kit/api'
import { useLive } from '../kit/live'
import { useKnown } from '../kit/pages'
import { usePair, useText } from '../kit/prefs'
import { useSession } from '../kit/session'
import { filled } from '../kit/values'
import type { Actions as ActionsSpec } from '../spec'
import type { Drawn } from './Widget'

export function Actions({ spec, drawn }: { spec: ActionsSpec; drawn: Drawn }) {
  const pair = usePair()
  const t = useText()
  const navigate = useNavigate()
  const { actions } = useKnown()
  const { session } = useSession()
  const [trials, setTrials] = useState<Trial[] | null>(null)
  const [round, setRound] = useState(0)
  const asked = JSON.stringify(
    spec.acts.map((act) => {
      // Tried with what names the record only: what the form is filled in with may still be changed there.
      const names = Object.fromEntries(Object.entries(act.fill ?? {}).filter(([, value]) => !value.startsWith('.')))
      return { action: act.action, args: filled(names, { params: drawn.params, org: session.org, data: {} }) }
    }),
  )
  useLive(useCallback(() => setRound((n) => n + 1), []))
  useEffect(() => {
    let here = true
    tryActs(JSON.parse(asked) as { action: string; args: Record<string, unknown> }[]).then(
      (found) => here && setTrials(found),
      (error: unknown) => {
        if (!(error instanceof Refused)) throw error
        if (here) setTrials([])
      },
    )
    return () => {
      here = false
    }
  }, [asked, round])
  const mine = (trials ?? []).map((trial, place) => ({ trial, args: filled(spec.acts[place].fill, { params: drawn.params, org: session.org, data: drawn.data }) })).filter(({ trial }) => trial.problem?.code !== 'NOT_FOUND')
  const open = mine.filter(({ trial }) => trial.verdict !== 'REFUSED')
  const closed = mine.filter(({ trial }) => trial.verdict === 'REFUSED')
  return (
    <Card size="small" title={pair(spec.title)} loading={trials === null}>
      {mine.length === 0 && <Typography.Text type="secondary">{t('此记录没有须贵机构办理的操作', 'Nothing here is for your organisation to do')}</Typography.Text>}
      <Flex gap={8} wrap>
        {open.map(({ trial, args }) => (
          <Tooltip key={trial.action} title={pair(actions.get(trial.action)?.help)}>
            <Button type="primary" onClick={() => void navigate(actPath(trial.action, args))}>
              {pair(actions.get(trial.action)?.title)}
            </Button>
          </Tooltip>
        ))}
        {closed.map(({ trial }) => (
          <Tooltip key={trial.action} title={trial.problem && pair([trial.problem.message_zh, trial.problem.message_en])}>
            <Button disabled>{pair(actions.get(trial.action)?.title)}</Button>
          </Tooltip>
        ))}
      </Flex>
      {closed.length > 0 && (
        <Space orientation="vertical" size={0} style={{ marginTop: 8 }}>
          {closed.map(({ trial }) => (
            <Typography.Text key={trial.action} type="secondary" style={{ fontSize: 12 }}>
              {pair(actions.get(trial.action)?.title)}：{trial.problem && pair([trial.problem.message_zh, trial.problem.message_en])}
            </Typography.Text>
          ))}
        </Space>
      )}
    </Card>
  )
}

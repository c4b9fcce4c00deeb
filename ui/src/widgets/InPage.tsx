// The form of one act inside a page.
import { Card } from 'antd'
import { ActForm } from '../forms/ActForm'
import { usePair } from '../kit/prefs'
import { useSession } from '../kit/session'
import { filled } from '../kit/values'
import type { Action as ActionSpec } from '../spec'
import type { Drawn } from './Widget'

export function InPage({ spec, drawn }: { spec: ActionSpec; drawn: Drawn }) {
  const pair = usePair()
  const { session } = useSession()
  const initial = filled(spec.do.fill, { params: drawn.params, org: session.org, data: drawn.data })
  return (
    <Card size="small" title={pair(spec.title)}>
      <ActForm action={spec.do.action} initial={initial} />
    </Card>
  )
}

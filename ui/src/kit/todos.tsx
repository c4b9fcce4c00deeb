// What waits for me: proposals for my signature, and what the applications say waits for my desk. Counted once, shown in the bar and at home.
import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react'
import type { Todo } from '../spec'
import { api, Refused, viewPath } from './api'
import { useLive } from './live'
import { useKnown } from './pages'
import { useSession } from './session'
import { filled, type Data } from './values'

export type Proposal = {
  proposal: string
  action: string
  args: Data
  note: string
  proposer: string
  parties: string[]
  signatures: { user: string; org: string; roles: string[]; date: string; tx: string }[]
  next: { role: string; org: string | null } | null
  opened: string
  expires: string
  reason: string | null
  stage: string
}
export type Waiting = { proposals: Proposal[]; proposed: Proposal[]; todos: { todo: Todo; rows: Data[] }[]; count: number }

const None: Waiting = { proposals: [], proposed: [], todos: [], count: 0 }
const WaitingContext = createContext<Waiting>(None)
export const useWaiting = () => useContext(WaitingContext)

async function rows<T>(path: string): Promise<T[]> {
  try {
    return await api<T[]>(path)
  } catch (error) {
    if (error instanceof Refused) return []
    throw error
  }
}

export function Waits({ children }: { children: ReactNode }) {
  const { session } = useSession()
  const { document } = useKnown()
  const [waiting, setWaiting] = useState(None)
  const [round, setRound] = useState(0)
  useLive(useCallback(() => setRound((n) => n + 1), []))
  useEffect(() => {
    let here = true
    const mine = document.todos.filter((todo) => fits(todo.orgs, [session.org_type]) && fits(todo.roles, session.roles))
    const asked = mine.map(async (todo) => {
      const found = await rows<Data>(viewPath(todo.ask.view, filled(todo.ask.args, { params: {}, org: session.org, data: {} })))
      return { todo, rows: found.map((row) => (typeof row === 'object' ? row : { value: row })) }
    })
    void Promise.all([rows<Proposal>('/api/v1/approvals/inbox'), rows<Proposal>('/api/v1/approvals/proposed'), Promise.all(asked)]).then(([proposals, proposed, todos]) => {
      if (here) setWaiting({ proposals, proposed, todos, count: proposals.length + todos.reduce((sum, each) => sum + each.rows.length, 0) })
    })
    return () => {
      here = false
    }
  }, [session, document, round])
  return <WaitingContext value={waiting}>{children}</WaitingContext>
}

export const fits = (wanted: readonly string[] | undefined, mine: readonly string[]) => !wanted?.length || wanted.some((one) => mine.includes(one))

// Who is logged in, for every component; and the log-in that comes over the page when the session has ended.
import { createContext, useContext } from 'react'
import type { Session } from './api'

export type Who = { session: Session; leave: () => Promise<void>; switchTo: (session: Session) => void }

export const SessionContext = createContext<Who | null>(null)

export function useSession(): Who {
  const who = useContext(SessionContext)
  if (!who) throw new Error('only inside the frame')
  return who
}

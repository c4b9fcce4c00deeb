// Asking the node from a component: the answer, the refusal, and asking again when something happened.
import { useCallback, useEffect, useState } from 'react'
import { api, Refused } from './api'

export type Asked<T> = { data?: T; refused?: Refused; loading: boolean; again: () => void }

/** `path` null: nothing is asked yet. */
export function useGet<T>(path: string | null): Asked<T> {
  const [state, setState] = useState<{ path: string | null; data?: T; refused?: Refused }>({ path: null })
  const [round, setRound] = useState(0)
  const again = useCallback(() => setRound((n) => n + 1), [])
  useEffect(() => {
    if (path === null) return
    let here = true
    api<T>(path).then(
      (data) => here && setState({ path, data }),
      (error: unknown) => {
        if (!(error instanceof Refused)) throw error
        if (here) setState({ path, refused: error })
      },
    )
    return () => {
      here = false
    }
  }, [path, round])
  const mine = state.path === path
  return { data: mine ? state.data : undefined, refused: mine ? state.refused : undefined, loading: path !== null && !mine, again }
}

// What happens on the ledger, as it happens: one stream for the whole tab; whoever listens asks the node anew.
// Reading the stream keeps no session alive, and after a while without the user nothing is asked anew either.
import { useEffect, useRef } from 'react'

type Listener = (name: string) => void
const listeners = new Set<Listener>()
let stream: EventSource | null = null
let lastInput = Date.now()
const QUIET_MS = 250
const AWAY_MS = 10 * 60_000

for (const kind of ['pointerdown', 'keydown']) window.addEventListener(kind, () => (lastInput = Date.now()), { passive: true })

/** Is the user looking, or was a moment ago? */
export const present = () => document.visibilityState === 'visible' && Date.now() - lastInput < AWAY_MS

export function openStream() {
  if (stream) return
  stream = new EventSource('/api/v1/events')
  let pending: ReturnType<typeof setTimeout> | null = null
  stream.onmessage = (message: MessageEvent<string>) => {
    const { name } = JSON.parse(message.data) as { name: string }
    if (pending || Date.now() - lastInput > AWAY_MS) return
    pending = setTimeout(() => {
      pending = null
      listeners.forEach((listen) => listen(name))
    }, QUIET_MS)
  }
}

export function closeStream() {
  stream?.close()
  stream = null
}

/** Calls back a moment after something happened that concerns the user's organisation. */
export function useLive(happened: () => void) {
  const latest = useRef(happened)
  useEffect(() => {
    latest.current = happened
  })
  useEffect(() => {
    const listen = () => latest.current()
    listeners.add(listen)
    return () => void listeners.delete(listen)
  }, [])
}

// Asking again while somebody is looking: a page left alone asks nothing, so its session may end.
import { useEffect, useRef } from 'react'
import { present } from '../kit/live'

export function usePresent(again: () => void, everyMs: number) {
  const latest = useRef(again)
  useEffect(() => {
    latest.current = again
  })
  useEffect(() => {
    const timer = setInterval(() => present() && latest.current(), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
}

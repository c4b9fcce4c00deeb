// What a user chooses of the console's looks, and texts in the language chosen.
import { createContext, useContext } from 'react'

export type Lang = 'zh' | 'en'
export type Pair = readonly [string, string] | string[]
export type Prefs = { lang: Lang; dark: boolean; set: (changed: { lang?: Lang; dark?: boolean }) => void }

export const PrefsContext = createContext<Prefs>({ lang: 'zh', dark: false, set: () => {} })
export const usePrefs = () => useContext(PrefsContext)

/** `t('提交', 'Submit')`: the text in the user's language; both stand next to what they name. */
export function useText() {
  const { lang } = usePrefs()
  return (zh: string, en: string) => (lang === 'en' ? en : zh)
}

/** A pair from the catalogue or a page in the user's language. */
export function usePair() {
  const { lang } = usePrefs()
  return (pair: Pair | null | undefined) => (pair ? (lang === 'en' ? pair[1] : pair[0]) : '')
}

const KEY = 'heqi.prefs'

export function storedPrefs(): { lang: Lang; dark: boolean } {
  const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as { lang?: Lang; dark?: boolean }
  return { lang: kept.lang ?? 'zh', dark: kept.dark ?? false }
}

export const keepPrefs = (prefs: { lang: Lang; dark: boolean }) => localStorage.setItem(KEY, JSON.stringify(prefs))

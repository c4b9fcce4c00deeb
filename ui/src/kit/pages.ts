// The node's pages and words, its catalogue and its organisations: asked once, shared by everything that draws.
import { createContext, useContext } from 'react'
import type { Document, Page } from '../spec'
import type { Pair } from './prefs'

export type Seat = { role: string; role_zh: string; party: string }
export type Listed = { name: string; title: Pair; help: Pair; by?: Seat[] }
export type Catalogue = { chain: string; registers: { name: string; title: Pair; version: number }[]; actions: Listed[]; views: Listed[] }
export type Organisation = { org: string; name_zh: string; name_en: string; org_type: string; stage: string }

export type Known = {
  document: Document
  pages: Map<string, Page>
  catalogue: Catalogue
  actions: Map<string, Listed>
  organisations: Map<string, Organisation>
}

export const KnownContext = createContext<Known | null>(null)

export function useKnown(): Known {
  const known = useContext(KnownContext)
  if (!known) throw new Error('only inside the frame')
  return known
}

export function known(document: Document, catalogue: Catalogue, organisations: Organisation[]): Known {
  return {
    document,
    catalogue,
    pages: new Map(document.shelves.flatMap((shelf) => shelf.pages.map((page) => [page.id, page] as const))),
    actions: new Map(catalogue.actions.map((action) => [action.name, action])),
    organisations: new Map(organisations.map((org) => [org.org, org])),
  }
}

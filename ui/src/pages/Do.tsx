// The form of any act, at an address of its own: /do/<contract>.<action>?fill={…}
import { Card, Flex, Typography } from 'antd'
import { useMemo } from 'react'
import { useParams, useSearchParams } from 'react-router'
import { ActForm } from '../forms/ActForm'
import { useKnown } from '../kit/pages'
import { usePair } from '../kit/prefs'
import { NotFound } from '../shell/NotFound'

export function Do() {
  const { action = '' } = useParams()
  const [query] = useSearchParams()
  const { actions } = useKnown()
  const pair = usePair()
  const filled = query.get('fill') ?? '{}'
  const initial = useMemo(() => read(filled), [filled])
  const listed = actions.get(action)
  if (!listed || initial === null) return <NotFound />
  return (
    <Flex vertical gap={16}>
      <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
        {pair(listed.title)}
      </Typography.Title>
      <Card>
        <ActForm key={`${action}${filled}`} action={action} initial={initial} />
      </Card>
    </Flex>
  )
}

function read(text: string): Record<string, unknown> | null {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : null
  } catch {
    return null
  }
}

// A refusal as the node says it, with its stable code.
import { Alert, Typography } from 'antd'
import type { Problem } from './api'
import { usePair, useText } from './prefs'

export function RefusedAlert({ problem }: { problem: Problem }) {
  const pair = usePair()
  const t = useText()
  const hint = problem.status === 404 ? t('不存在，或与贵机构无关。', 'It is not there, or does not concern your organisation.') : undefined
  return (
    <Alert
      type={problem.status === 404 ? 'info' : 'error'}
      showIcon
      title={pair([problem.message_zh, problem.message_en])}
      description={
        <>
          {hint && <div>{hint}</div>}
          <Typography.Text className="mono">{problem.code}</Typography.Text>
        </>
      }
    />
  )
}

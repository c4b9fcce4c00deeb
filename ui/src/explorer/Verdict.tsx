// What the verifier says of a file: proven step by step, or which check failed and why.
import { CheckCircleFilled, CloseCircleFilled, MinusCircleOutlined } from '@ant-design/icons'
import { Alert, Flex, Typography } from 'antd'
import { usePair, useText } from '../kit/prefs'
import { CHECKS, type Verdict as Said } from '../verify/verify'

export function Verdict({ verdict }: { verdict: Said }) {
  const t = useText()
  const pair = usePair()
  const failed = verdict.proven ? 0 : verdict.failedStep
  return (
    <Flex vertical gap={8} data-testid="verdict">
      {verdict.proven ? (
        <Alert type="success" showIcon title={t('已证明', 'Proven')} description={t('全部八项检查均在本浏览器内完成。', 'All eight checks were made within this browser.')} />
      ) : (
        <Alert
          type="error"
          showIcon
          title={t(`未能证明：第 ${failed} 步不成立`, `Not proven: check ${failed} fails`)}
          description={<>{pair(CHECKS[failed - 1])}<div className="mono">{verdict.problem}</div></>}
        />
      )}
      <ol style={{ margin: 0, paddingInlineStart: 0, listStyle: 'none' }}>
        {CHECKS.map((check, at) => (
          <li key={check[1]} data-outcome={at < verdict.steps.length ? 'held' : at + 1 === failed ? 'failed' : 'open'}>
            {at < verdict.steps.length ? <CheckCircleFilled style={{ color: '#389e0d' }} /> : at + 1 === failed ? <CloseCircleFilled style={{ color: '#cf1322' }} /> : <MinusCircleOutlined />}{' '}
            {at + 1}. <Typography.Text type={at + 1 === failed ? 'danger' : undefined} style={{ overflowWrap: 'anywhere' }}>{pair(verdict.steps[at] ?? check)}</Typography.Text>
          </li>
        ))}
      </ol>
    </Flex>
  )
}

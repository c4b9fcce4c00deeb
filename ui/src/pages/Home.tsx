// The workbench: what waits for me.
import { Card, Empty, Typography } from 'antd'
import { useText } from '../kit/prefs'
import { useSession } from '../kit/session'

export function Home() {
  const t = useText()
  const { session } = useSession()
  return (
    <Card>
      <Typography.Title level={1} style={{ fontSize: 20 }}>
        {t('工作台', 'Workbench')}
      </Typography.Title>
      <Empty description={session.user} />
    </Card>
  )
}

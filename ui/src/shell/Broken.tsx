import { Button, Result } from 'antd'
import { useRouteError } from 'react-router'
import { useText } from '../kit/prefs'

/** A fault of the console itself: said plainly, with the way back. */
export function Broken() {
  const t = useText()
  const error = useRouteError()
  return (
    <Result
      status="error"
      title={t('页面出错', 'The page failed')}
      subTitle={error instanceof Error ? error.message : String(error)}
      extra={<Button onClick={() => window.location.assign('/console/')}>{t('返回首页', 'Home')}</Button>}
    />
  )
}

import { Result } from 'antd'
import { useText } from '../kit/prefs'

export function NotFound() {
  const t = useText()
  return <Result status="404" title={t('没有这一页', 'No such page')} subTitle={t('请从菜单选择。', 'Choose from the menu.')} />
}

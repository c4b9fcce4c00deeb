// The menu: fixed entries here, an application's pages from what the node serves.
import { HomeOutlined } from '@ant-design/icons'
import { Menu } from 'antd'
import { useLocation, useNavigate } from 'react-router'
import { useText } from '../kit/prefs'

export function SideMenu({ picked }: { picked?: () => void }) {
  const t = useText()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const items = [{ key: '/home', icon: <HomeOutlined />, label: t('工作台', 'Workbench') }]
  return (
    <Menu
      mode="inline"
      style={{ borderInlineEnd: 0 }}
      selectedKeys={[pathname]}
      items={items}
      onClick={({ key }) => {
        picked?.()
        void navigate(key)
      }}
    />
  )
}

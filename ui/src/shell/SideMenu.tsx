// The menu: the workbench, each application's pages for this organisation and desk, then the registers below.
import { AppstoreOutlined, BlockOutlined, BookOutlined, HomeOutlined, SafetyCertificateOutlined, UnorderedListOutlined } from '@ant-design/icons'
import { Menu, type MenuProps } from 'antd'
import { useLocation, useNavigate } from 'react-router'
import { useKnown } from '../kit/pages'
import { usePair, useText } from '../kit/prefs'
import { useSession } from '../kit/session'
import { fits } from '../kit/todos'
import type { Shelf } from '../spec'

type Items = NonNullable<MenuProps['items']>

export function SideMenu({ picked }: { picked?: () => void }) {
  const t = useText()
  const pair = usePair()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const { document } = useKnown()
  const { session } = useSession()
  const own = (shelf: Shelf) => shelf.pages.filter((page) => (page.menu ?? true) && fits(page.orgs, [session.org_type]) && fits(page.roles, session.roles))
  const entries = (shelf: Shelf): Items => [
    ...own(shelf).map((page) => ({ key: `/p/${page.id}`, label: pair(page.title) })),
    { key: `/acts/${shelf.name}`, icon: <UnorderedListOutlined />, label: t('全部操作与查询', 'All acts') },
  ]
  const applications = document.shelves.filter((shelf) => shelf.application)
  const registers = document.shelves.filter((shelf) => !shelf.application)
  const items: Items = [
    { key: '/home', icon: <HomeOutlined />, label: t('工作台', 'Workbench') },
    ...applications.map((shelf) => ({ key: shelf.name, icon: <AppstoreOutlined />, label: pair(shelf.title), children: entries(shelf) })),
    { key: '/explorer', icon: <BlockOutlined />, label: t('区块浏览器', 'Explorer') },
    { key: '/verify', icon: <SafetyCertificateOutlined />, label: t('核验回执', 'Verify a receipt') },
    { key: '_registers', icon: <BookOutlined />, label: t('登记簿', 'Registers'), children: registers.map((shelf) => ({ key: shelf.name, label: pair(shelf.title), children: entries(shelf) })) },
  ]
  return (
    <nav aria-label={t('菜单', 'Menu')}>
      <Menu
        mode="inline"
        style={{ borderInlineEnd: 0, background: 'transparent' }}
        defaultOpenKeys={applications.map((shelf) => shelf.name)}
        selectedKeys={[decodeURIComponent(pathname)]}
        items={items}
        onClick={({ key }) => {
          picked?.()
          void navigate(key)
        }}
      />
    </nav>
  )
}

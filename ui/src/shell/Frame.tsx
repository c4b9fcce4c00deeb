// Around every page: who is logged in, menu, environment, language, watermark; and the log-in over a page whose session has ended.
import { MenuOutlined, UserOutlined } from '@ant-design/icons'
import { Button, Drawer, Dropdown, Flex, Grid, Layout, Modal, Skeleton, Space, Tag, theme, Typography, Watermark } from 'antd'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Outlet, useLocation, useNavigate } from 'react-router'
import { api, onSessionEnd, Refused, setSession, type Session } from '../kit/api'
import { useText } from '../kit/prefs'
import { SessionContext, useSession } from '../kit/session'
import { Choices } from './Choices'
import { PasswordForm } from './Login'
import { SideMenu } from './SideMenu'

export function Frame() {
  const [session, keep] = useState<Session | null>(null)
  const [ended, setEnded] = useState(false)
  const waiting = useRef<(() => void)[]>([])
  const navigate = useNavigate()
  const location = useLocation()
  const take = useCallback((found: Session | null) => {
    setSession(found)
    keep(found)
  }, [])
  useEffect(() => {
    if (session) return
    api<Session>('/api/v1/session').then(take, (error: unknown) => {
      if (!(error instanceof Refused)) throw error
      void navigate(`/login?next=${encodeURIComponent(location.pathname + location.search)}`, { replace: true })
    })
  }, [session, take, navigate, location])
  useEffect(() => {
    if (!session) return
    onSessionEnd(
      () =>
        new Promise<void>((resolve) => {
          waiting.current.push(resolve)
          setEnded(true)
        }),
    )
    return () => onSessionEnd(null)
  }, [session])
  const resume = useCallback(
    (found: Session) => {
      take(found)
      setEnded(false)
      waiting.current.splice(0).forEach((go) => go())
    },
    [take],
  )
  const leave = useCallback(async () => {
    await api('/api/v1/session', { method: 'DELETE' })
    setSession(null)
    window.location.assign('/console/login') // A full load: nothing of the last user stays in memory.
  }, [])
  const who = useMemo(() => (session ? { session, leave, switchTo: take } : null), [session, leave, take])
  const t = useText()
  if (!who) return <Skeleton active style={{ padding: 48 }} />
  return (
    <SessionContext value={who}>
      <Bars />
      <Modal open={ended} title={t('会话已过期，请重新登录', 'Your session has ended: sign in again')} footer={null} closable={false} destroyOnHidden>
        <PasswordForm user={who.session.user} done={resume} />
      </Modal>
    </SessionContext>
  )
}

function Bars() {
  const t = useText()
  const wide = Grid.useBreakpoint().lg ?? true
  const [open, setOpen] = useState(false)
  const { token } = theme.useToken()
  return (
    <Layout style={{ minHeight: '100%' }}>
      <Layout.Header style={{ background: token.colorBgContainer, borderBottom: `1px solid ${token.colorSplit}`, padding: '0 16px', height: 52, lineHeight: 'normal', position: 'sticky', top: 0, zIndex: 10 }}>
        <Flex align="center" justify="space-between" style={{ height: '100%' }} gap={8}>
          <Space size={12}>
            {!wide && <Button type="text" icon={<MenuOutlined />} aria-label={t('菜单', 'Menu')} onClick={() => setOpen(true)} />}
            <Typography.Text strong style={{ fontSize: 18, whiteSpace: 'nowrap' }}>
              {t('合契', 'Heqi')}
            </Typography.Text>
            {wide && <Typography.Text type="secondary">{t('联盟账本', 'Consortium ledger')}</Typography.Text>}
          </Space>
          <Space size={4}>
            <Choices />
            <Person />
          </Space>
        </Flex>
      </Layout.Header>
      <Layout>
        {wide ? (
          <Layout.Sider width={208} theme="light" style={{ borderInlineEnd: `1px solid ${token.colorSplit}` }}>
            <SideMenu />
          </Layout.Sider>
        ) : (
          <Drawer open={open} onClose={() => setOpen(false)} placement="left" size={240} styles={{ body: { padding: 0 } }} title={t('菜单', 'Menu')}>
            <SideMenu picked={() => setOpen(false)} />
          </Drawer>
        )}
        <Layout.Content style={{ padding: wide ? 24 : 12, minWidth: 0 }}>
          <Page />
        </Layout.Content>
      </Layout>
    </Layout>
  )
}

function Page() {
  const { session } = useSession()
  const { token } = theme.useToken()
  return (
    <Watermark content={session.user} font={{ color: token.colorFillSecondary, fontSize: 13 }} gap={[160, 160]}>
      <Outlet />
    </Watermark>
  )
}

function Person() {
  const { session, leave } = useSession()
  const t = useText()
  const desk = session.user.split('/')[1]
  const items = [
    { key: 'user', label: <span className="mono">{session.user}</span>, disabled: true },
    { key: 'leave', label: t('退出登录 / 切换用户', 'Sign out / switch user'), onClick: () => void leave() },
  ]
  return (
    <Dropdown menu={{ items }} trigger={['click']}>
      <Button type="text" icon={<UserOutlined />} aria-label={t('用户', 'User')}>
        {desk} <Tag style={{ marginInline: 0 }}>{session.org_type}</Tag>
      </Button>
    </Dropdown>
  )
}

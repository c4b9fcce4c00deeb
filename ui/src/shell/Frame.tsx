// Around every page: who is logged in, menu, environment, language, watermark; and the log-in over a page whose session has ended.
import { BellOutlined, MenuOutlined, UserOutlined } from '@ant-design/icons'
import { Badge, Button, Drawer, Dropdown, Flex, Grid, Layout, Modal, Skeleton, Space, Tag, theme, Typography, Watermark } from 'antd'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Outlet, useLocation, useNavigate } from 'react-router'
import { api, onSessionEnd, Refused, setSession, type Session } from '../kit/api'
import { usePair, useText } from '../kit/prefs'
import { SessionContext, useSession } from '../kit/session'
import { Choices } from './Choices'
import { KeyForm } from './KeyForm'
import { PasswordForm } from './Login'
import { SideMenu } from './SideMenu'
import { closeStream, openStream } from '../kit/live'
import { known, KnownContext, useKnown, type Catalogue, type Known, type Organisation } from '../kit/pages'
import { useWaiting, Waits } from '../kit/todos'
import { useDesk, useParty, useStage } from '../kit/Value'
import type { Document } from '../spec'

export function Frame() {
  const [session, keep] = useState<Session | null>(null)
  const [ended, setEnded] = useState(false)
  const [told, setTold] = useState<Known | null>(null)
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
    openStream()
    return () => {
      onSessionEnd(null)
      closeStream()
    }
  }, [session])
  const user = session?.user
  useEffect(() => {
    if (!user) return
    const asked = [api<Document>('/console/pages.json'), api<Catalogue>('/api/v1/catalogue'), api<Organisation[]>('/api/v1/members/list_organisations')] as const
    void Promise.all(asked).then(([document, catalogue, organisations]) => setTold(known(document, catalogue, organisations)))
  }, [user])
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
  if (!who || !told) return <Skeleton active style={{ padding: 48 }} />
  return (
    <SessionContext value={who}>
      <KnownContext value={told}>
        <Waits>
          <Bars />
        </Waits>
      </KnownContext>
      <Modal open={ended} title={t('会话已过期，请重新登录', 'Your session has ended: sign in again')} footer={null} closable={false} destroyOnHidden>
        {who.session.hosted ? <PasswordForm user={who.session.user} done={resume} /> : <KeyForm done={resume} />}
      </Modal>
    </SessionContext>
  )
}

function Bars() {
  const t = useText()
  const pair = usePair()
  const { document } = useKnown()
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
            <Tag color="orange" style={{ marginInline: 0 }}>
              {pair(document.environment)}
            </Tag>
          </Space>
          <Space size={4}>
            <Todos />
            <Choices />
            <Person />
          </Space>
        </Flex>
      </Layout.Header>
      <Layout hasSider={wide}>
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

function Todos() {
  const t = useText()
  const navigate = useNavigate()
  const { count } = useWaiting()
  return (
    <Badge count={count} size="small" offset={[-6, 6]}>
      <Button type="text" icon={<BellOutlined />} aria-label={t(`待办 ${count} 项`, `${count} to do`)} onClick={() => void navigate('/home')} />
    </Badge>
  )
}

function Person() {
  const { session, leave } = useSession()
  const t = useText()
  const party = useParty()
  const stage = useStage()
  const wide = Grid.useBreakpoint().md ?? true
  const desk = useDesk()
  const items = [
    { key: 'user', label: <span className="mono">{session.user}</span>, disabled: true },
    { key: 'kind', label: stage(session.org_type).text, disabled: true },
    { key: 'leave', label: t('退出登录 / 切换用户', 'Sign out / switch user'), onClick: () => void leave() },
  ]
  return (
    <Dropdown menu={{ items }} trigger={['click']}>
      <Button type="text" icon={<UserOutlined />}>
        {wide && `${party(session.org)} · `}
        {desk(session.user)}
      </Button>
    </Dropdown>
  )
}

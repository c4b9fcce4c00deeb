// Language, light or dark, and the design tokens: primary blue is dark enough for WCAG AA contrast on white.
import { App, ConfigProvider, theme } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { keepPrefs, PrefsContext, storedPrefs, type Lang } from '../kit/prefs'

const LIGHT = { colorPrimary: '#0958d9', colorLink: '#0958d9', colorTextDescription: 'rgba(0,0,0,0.62)', colorTextTertiary: 'rgba(0,0,0,0.62)' }
const DARK = { colorPrimary: '#1668dc', colorLink: '#69b1ff', colorTextDescription: 'rgba(255,255,255,0.68)', colorTextTertiary: 'rgba(255,255,255,0.68)' }

export function Looks({ children }: { children: ReactNode }) {
  const [chosen, choose] = useState(storedPrefs)
  useEffect(() => {
    keepPrefs(chosen)
    document.documentElement.lang = chosen.lang === 'en' ? 'en' : 'zh-CN'
    document.documentElement.style.colorScheme = chosen.dark ? 'dark' : 'light'
    document.documentElement.dataset.look = chosen.dark ? 'dark' : 'light'
    dayjs.locale(chosen.lang === 'en' ? 'en' : 'zh-cn')
  }, [chosen])
  const prefs = useMemo(
    () => ({ ...chosen, set: (changed: { lang?: Lang; dark?: boolean }) => choose((before) => ({ ...before, ...changed })) }),
    [chosen],
  )
  const look = {
    algorithm: chosen.dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: { ...(chosen.dark ? DARK : LIGHT), borderRadius: 4, fontFamily: 'inherit' },
    components: chosen.dark ? { Menu: { itemSelectedColor: '#bae0ff', subMenuItemSelectedColor: '#91caff' } } : {},
  }
  return (
    <PrefsContext value={prefs}>
      <ConfigProvider locale={chosen.lang === 'en' ? enUS : zhCN} theme={look} button={{ autoInsertSpace: false }}>
        <App style={{ height: '100%' }}>{children}</App>
      </ConfigProvider>
    </PrefsContext>
  )
}

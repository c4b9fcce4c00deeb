// The two choices everybody has: language, and light or dark.
import { MoonOutlined, SunOutlined } from '@ant-design/icons'
import { Button, Space } from 'antd'
import { usePrefs, useText } from '../kit/prefs'

export function Choices() {
  const { lang, dark, set } = usePrefs()
  const t = useText()
  return (
    <Space size={4}>
      <Button type="text" onClick={() => set({ lang: lang === 'en' ? 'zh' : 'en' })} aria-label={lang === 'en' ? '中文：切换到中文' : 'EN: switch to English'}>
        {lang === 'en' ? '中文' : 'EN'}
      </Button>
      <Button
        type="text"
        icon={dark ? <SunOutlined /> : <MoonOutlined />}
        aria-label={dark ? t('浅色', 'Light') : t('深色', 'Dark')}
        onClick={() => set({ dark: !dark })}
      />
    </Space>
  )
}

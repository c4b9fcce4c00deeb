// The controls of a form, one for each kind of value; each takes and gives the value as it goes over the wire.
import { FileAddOutlined } from '@ant-design/icons'
import { Button, Checkbox, DatePicker, Flex, Input, Radio, Select, Space, Typography, Upload } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useKnown } from '../kit/pages'
import { usePrefs, useText } from '../kit/prefs'
import { useStage } from '../kit/Value'
import { decimal, isMoney, minorOf, yuanInWords } from '../kit/values'
import { digestOf } from './digest'
import { isMoneySchema, type Plain } from './schema'

type Control = { id?: string; value?: unknown; onChange?: (value: unknown) => void; label?: string }

const FILE_MAX = 50 * 2 ** 20

/** An amount: typed as people write it, kept in whole minor units, said in capitals below. */
export function MoneyInput({ id, value, onChange }: Control) {
  const t = useText()
  const { lang } = usePrefs()
  const ccy = isMoney(value) ? value.ccy : 'CNY'
  const [typed, setTyped] = useState<string | null>(null)
  const shown = typed ?? (isMoney(value) ? decimal(value.minor, value.ccy) : '')
  const change = (text: string) => {
    setTyped(text)
    const minor = minorOf(text, ccy)
    onChange?.(text.trim() === '' ? undefined : minor === null ? { ccy, minor: text } : { ccy, minor })
  }
  const minor = minorOf(shown, ccy)
  return (
    <div>
      <Input id={id} value={shown} inputMode="decimal" suffix={ccy} placeholder="0.00" onChange={(event) => change(event.target.value)} onBlur={() => minor !== null && setTyped(null)} />
      {minor !== null && minor > 0 && ccy === 'CNY' && (
        <Typography.Text type="secondary" style={{ fontSize: 12 }}>
          {lang === 'en' ? t('', 'In words: ') : t('大写：', '')}
          {yuanInWords(minor)}
        </Typography.Text>
      )}
    </div>
  )
}

function PartySelect({ id, value, onChange, label }: Control) {
  const { organisations } = useKnown()
  const { lang } = usePrefs()
  const t = useText()
  const options = [...organisations.values()].map((org) => ({ value: org.org, label: lang === 'en' ? org.name_en : org.name_zh, search: `${org.org} ${org.name_zh} ${org.name_en}`.toLowerCase() }))
  return (
    <Select
      id={id}
      aria-label={label}
      value={value as string | undefined}
      onChange={onChange}
      allowClear
      showSearch={{ filterOption: (text, option) => option?.search.includes(text.toLowerCase()) ?? false }}
      options={options}
      placeholder={t('请选择机构', 'Choose an organisation')}
    />
  )
}

function DigestInput({ id, value, onChange }: Control) {
  const t = useText()
  const [name, setName] = useState('')
  const [tooLarge, setTooLarge] = useState(false)
  const take = async (file: File) => {
    setTooLarge(file.size > FILE_MAX)
    if (file.size > FILE_MAX) return
    onChange?.(await digestOf(file))
    setName(file.name)
  }
  return (
    <Flex vertical gap={4}>
      <Space.Compact style={{ width: '100%' }}>
        <Input id={id} className="mono" value={(value as string | undefined) ?? ''} placeholder="sha256:…" onChange={(event) => onChange?.(event.target.value.trim())} />
        <Upload showUploadList={false} beforeUpload={(file) => (void take(file), false)}>
          <Button icon={<FileAddOutlined />}>{t('选择文件', 'Choose a file')}</Button>
        </Upload>
      </Space.Compact>
      <Typography.Text type={tooLarge ? 'danger' : 'secondary'} style={{ fontSize: 12 }}>
        {tooLarge ? t('文件超过 50 MB', 'The file is larger than 50 MB') : name || t('仅计算摘要，文件不离开本机', 'Only its digest is taken; the file stays on this machine')}
      </Typography.Text>
    </Flex>
  )
}

function DateInput({ id, value, onChange }: Control) {
  return <DatePicker id={id} style={{ width: '100%' }} value={typeof value === 'string' && value ? dayjs(value) : null} onChange={(day) => onChange?.(day ? day.format('YYYY-MM-DD') : undefined)} onKeyDown={(event) => event.key === 'Enter' && event.preventDefault() /* It takes the day, it does not hand in the form. */} />
}

function Choice({ id, value, onChange, options, label }: Control & { options: (string | number)[] }) {
  const stage = useStage()
  const told = options.map((option) => ({ value: option, label: stage(String(option)).text }))
  if (options.length <= 3) return <Radio.Group id={id} aria-label={label} value={value} onChange={(event) => onChange?.(event.target.value)} options={told} optionType="button" />
  return <Select id={id} aria-label={label} value={value as string | undefined} onChange={onChange} options={told} showSearch={{ optionFilterProp: 'label' }} />
}

function NumberInput({ id, value, onChange, suffix }: Control & { suffix?: string }) {
  return (
    <Input
      id={id}
      inputMode="numeric"
      value={value === undefined || value === null ? '' : String(value as number)}
      suffix={suffix}
      onChange={(event) => {
        const text = event.target.value.normalize('NFKC').trim()
        onChange?.(text === '' ? undefined : /^-?\d{1,15}$/.test(text) ? Number(text) : text)
      }}
    />
  )
}

function Tags({ id, value, onChange, numbers, label }: Control & { numbers: boolean }) {
  const given = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]
  return (
    <Select
      id={id}
      aria-label={label}
      mode="tags"
      open={false}
      suffixIcon={null}
      tokenSeparators={[',', '，', ' ', '、']}
      value={given.map(String)}
      onChange={(texts: string[]) => onChange?.(texts.map((text) => (numbers && /^\d+$/.test(text) ? Number(text) : text)))}
    />
  )
}

function JsonInput({ id, value, onChange }: Control) {
  const [typed, setTyped] = useState<string | null>(null)
  return (
    <Input.TextArea
      id={id}
      className="mono"
      autoSize={{ minRows: 2, maxRows: 10 }}
      value={typed ?? (value === undefined ? '' : JSON.stringify(value))}
      onChange={(event) => {
        setTyped(event.target.value)
        try {
          onChange?.(event.target.value.trim() === '' ? undefined : JSON.parse(event.target.value))
        } catch {
          onChange?.(event.target.value)
        }
      }}
    />
  )
}

/** The control for a value of this schema; antd's Form gives it id, value and onChange. */
export function ControlOf({ schema, items, ...control }: Control & { schema: Plain; items?: Plain }) {
  const scalar = schema['x-heqi']?.scalar
  if (isMoneySchema(schema)) return <MoneyInput {...control} />
  if (schema.type === 'array') return <Tags {...control} numbers={items?.type === 'integer'} />
  if (scalar === 'uscc') return <PartySelect {...control} />
  if (scalar === 'digest') return <DigestInput {...control} />
  if (schema.enum) return <Choice {...control} options={schema.enum} />
  if (schema.format === 'date') return <DateInput {...control} />
  if (schema.type === 'boolean') return <Tick {...control} />
  if (schema.type === 'integer') return <NumberInput {...control} suffix={scalar === 'bps' ? '‱' : undefined} />
  if (schema.type !== 'string') return <JsonInput {...control} />
  const long = (schema.maxLength ?? 0) > 80 || scalar === 'reason'
  const text = { id: control.id, value: (control.value as string | undefined) ?? '', placeholder: schema.examples ? String(schema.examples[0]) : undefined }
  if (long) return <Input.TextArea {...text} autoSize={{ minRows: 2 }} onChange={(event) => control.onChange?.(event.target.value)} />
  return <Input {...text} suffix={scalar === 'rate' ? '%' : undefined} onChange={(event) => control.onChange?.(event.target.value.trim())} />
}

function Tick({ id, value, onChange, label }: Control) {
  return (
    <Checkbox id={id} checked={value === true} onChange={(event) => onChange?.(event.target.checked)}>
      {label}
    </Checkbox>
  )
}

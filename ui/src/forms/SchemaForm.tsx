// A form for any act, from the schema of its request. Its rules are for comfort; the node's answer is the authority, and lands on the fields.
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Card, Flex, Form, type FormInstance } from 'antd'
import type { Rule } from 'antd/es/form'
import type { ReactNode } from 'react'
import { useKnown } from '../kit/pages'
import { usePair, usePrefs, useText } from '../kit/prefs'
import { isMoney } from '../kit/values'
import { ControlOf } from './controls'
import { isMoneySchema, plain, type Declared, type Plain, type Schema } from './schema'

type Name = (string | number)[]

export function useLabel() {
  const { document } = useKnown()
  const pair = usePair()
  return (name: string) => pair(document.words[name] ?? [name, name.replaceAll('_', ' ')])
}

export function SchemaForm({ declared, form, initial, onFinish, children }: { declared: Declared; form: FormInstance; initial: Record<string, unknown>; onFinish: () => void; children: ReactNode }) {
  const shape = plain(declared.request, declared.components)
  const defaults = Object.fromEntries(Object.entries(shape.properties ?? {}).flatMap(([name, one]) => (one.default === undefined || one.default === null ? [] : [[name, one.default]])))
  return (
    <Form form={form} layout="vertical" initialValues={{ ...defaults, ...initial }} onFinish={onFinish} scrollToFirstError style={{ maxWidth: 860 }}>
      {Object.entries(shape.properties ?? {}).map(([name, one]) => (
        <FieldOf key={name} name={[name]} path={[name]} schema={one} required={shape.required?.includes(name) ?? false} components={declared.components} />
      ))}
      {children}
    </Form>
  )
}

type FieldProps = { name: Name; path: Name; schema: Schema; required: boolean; components: Record<string, Schema> }

/** `name`: within the list it stands in, as antd wants it; `path`: from the root. */
function FieldOf({ name, path, schema, required, components }: FieldProps) {
  const label = useLabel()
  const { lang } = usePrefs()
  const shape = plain(schema, components)
  const items = shape.type === 'array' ? plain(shape.items ?? {}, components) : undefined
  const title = label(String(path.findLast((step) => typeof step === 'string')))
  const rules = useRules(shape, required, title)
  if (items?.properties && !isMoneySchema(items)) return <Rows name={name} path={path} title={title} required={required} items={items} components={components} />
  if (shape.properties && !isMoneySchema(shape)) {
    return (
      <Card size="small" title={title} style={{ marginBottom: 16 }}>
        {Object.entries(shape.properties).map(([inner, one]) => (
          <FieldOf key={inner} name={[...name, inner]} path={[...path, inner]} schema={one} required={required && (shape.required?.includes(inner) ?? false)} components={components} />
        ))}
      </Card>
    )
  }
  const tick = shape.type === 'boolean'
  const help = shape['x-heqi'] || lang === 'zh' ? shape.description?.split(' · ')[lang === 'en' ? 1 : 0] : undefined
  return (
    <Form.Item name={name} label={tick ? undefined : title} rules={rules} required={required && !shape.nullable} tooltip={isMoneySchema(shape) || tick ? undefined : help}>
      <ControlOf schema={shape} items={items} label={title} />
    </Form.Item>
  )
}

function Rows({ name, path, title, required, items, components }: Omit<FieldProps, 'schema'> & { title: string; items: Plain }) {
  const t = useText()
  const rule = {
    validator: (_: unknown, rows: unknown[] | undefined) => (required && !rows?.length ? Promise.reject(new Error(t(`请添加${title}`, `Add ${title.toLowerCase()}`))) : Promise.resolve()),
  }
  return (
    <Form.Item label={title} required={required}>
      <Form.List name={name} rules={[rule]}>
        {(rows, { add, remove }, { errors }) => (
          <Flex vertical gap={8}>
            {rows.map((row) => (
              <Card key={row.key} size="small" title={`${title} ${row.name + 1}`} extra={<Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t('删除', 'Remove')} onClick={() => remove(row.name)} />}>
                {Object.entries(items.properties ?? {}).map(([inner, one]) => (
                  <FieldOf key={inner} name={[row.name, inner]} path={[...path, row.name, inner]} schema={one} required={items.required?.includes(inner) ?? false} components={components} />
                ))}
              </Card>
            ))}
            <Button type="dashed" block icon={<PlusOutlined />} onClick={() => add({})}>
              {t(`添加${title}`, `Add ${title.toLowerCase()}`)}
            </Button>
            <Form.ErrorList errors={errors} />
          </Flex>
        )}
      </Form.List>
    </Form.Item>
  )
}

function useRules(shape: Plain, required: boolean, title: string): Rule[] {
  const t = useText()
  const rules: Rule[] = []
  const must = required && !shape.nullable
  if (must && shape.type === 'boolean') {
    rules.push({ validator: (_, value) => (typeof value === 'boolean' ? Promise.resolve() : Promise.reject(new Error(t(`请确认${title}`, `Confirm: ${title.toLowerCase()}`)))) })
  } else if (must && shape.type === 'array') {
    rules.push({ validator: (_, value: unknown[]) => (value?.length ? Promise.resolve() : Promise.reject(new Error(t(`请输入${title}`, `Enter ${title.toLowerCase()}`)))) })
  } else if (must) {
    rules.push({ required: true, message: t(`请输入${title}`, `Enter ${title.toLowerCase()}`) })
  }
  if (isMoneySchema(shape)) {
    rules.push({ validator: (_, value) => (value === undefined || (isMoney(value) && typeof value.minor === 'number') ? Promise.resolve() : Promise.reject(new Error(t('金额格式不正确，例如 800,000.00', 'Not an amount, e.g. 800,000.00')))) })
  }
  if (shape.type === 'string' && shape.pattern) rules.push({ pattern: new RegExp(shape.pattern), message: t(`${title}格式不正确`, `${title}: not of the right form`) })
  if (shape.type === 'string' && shape.maxLength && !shape.pattern) rules.push({ max: shape.maxLength, message: t(`至多 ${shape.maxLength} 个字`, `At most ${shape.maxLength} characters`) })
  if (shape.type === 'string' && shape.minLength && shape.minLength > 1 && !shape.pattern) rules.push({ min: shape.minLength, message: t(`至少 ${shape.minLength} 个字`, `At least ${shape.minLength} characters`) })
  if (shape.type === 'integer') rules.push({ validator: (_, value) => (value === undefined || typeof value === 'number' ? Promise.resolve() : Promise.reject(new Error(t('须为整数', 'A whole number is needed')))) })
  return rules
}

// Every address of the console. Pages that need heavy parts are loaded when they are first opened.
import { createBrowserRouter, Navigate } from 'react-router'
import { Frame } from './shell/Frame'
import { Login } from './shell/Login'
import { NotFound } from './shell/NotFound'
import { Broken } from './shell/Broken'

export const router = createBrowserRouter(
  [
    { path: '/login', element: <Login /> },
    { path: '/verify', lazy: async () => ({ Component: (await import('./explorer/Verify')).Verify }) },
    {
      path: '/',
      element: <Frame />,
      errorElement: <Broken />,
      HydrateFallback: () => null,
      children: [
        { index: true, element: <Navigate to="/home" replace /> },
        { path: 'home', lazy: async () => ({ Component: (await import('./pages/Home')).Home }) },
        { path: 'p/:id', lazy: async () => ({ Component: (await import('./pages/Declared')).Declared }) },
        { path: 'do/:action', lazy: async () => ({ Component: (await import('./pages/Do')).Do }) },
        { path: 'acts/:register', lazy: async () => ({ Component: (await import('./pages/Acts')).Acts }) },
        { path: 'proposal/:id', lazy: async () => ({ Component: (await import('./pages/Proposal')).Proposal }) },
        { path: 'tx/:tx', lazy: async () => ({ Component: (await import('./explorer/Transaction')).Transaction }) },
        { path: 'explorer', lazy: async () => ({ Component: (await import('./explorer/Explorer')).Explorer }) },
        { path: 'explorer/block/:height', lazy: async () => ({ Component: (await import('./explorer/Block')).Block }) },
        { path: 'explorer/record/:key', lazy: async () => ({ Component: (await import('./explorer/Record')).Record }) },
        { path: 'explorer/transactions', lazy: async () => ({ Component: (await import('./explorer/Transactions')).TransactionsPage }) },
        { path: '*', element: <NotFound /> },
      ],
    },
  ],
  { basename: '/console' },
)

// Every address of the console. Pages that need heavy parts are loaded when they are first opened.
import { createBrowserRouter, Navigate } from 'react-router'
import { Frame } from './shell/Frame'
import { Login } from './shell/Login'
import { NotFound } from './shell/NotFound'
import { Broken } from './shell/Broken'

export const router = createBrowserRouter(
  [
    { path: '/login', element: <Login /> },
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
        { path: 'tx/:tx', lazy: async () => ({ Component: (await import('./pages/Receipt')).Receipt }) },
        { path: '*', element: <NotFound /> },
      ],
    },
  ],
  { basename: '/console' },
)

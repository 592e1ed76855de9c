//! A store of its own for each test, with a table to play with.

use crate::postgres_server::Server;
use proxyagent_core::ports::{Row, Sql, Statement, StoreError, Value};
use proxyagent_core::proxy::Proxy;
use proxyagent_local_server::{Native, open};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) struct World {
    pub(crate) proxy: Arc<Proxy<Native>>,
    pub(crate) home: tempfile::TempDir,
    pub(crate) vars: BTreeMap<String, String>,
    /// Ends with the last world that uses it.
    pub(crate) server: Option<Arc<Server>>,
}

impl World {
    pub(crate) async fn sqlite() -> Option<Self> {
        Some(Self::new(BTreeMap::new(), None).await)
    }

    /// `None` where PostgreSQL is not installed.
    pub(crate) async fn postgres() -> Option<Self> {
        let server = Server::shared()?;
        let vars = BTreeMap::from([("PROXYAGENT_DATABASE_URL".to_owned(), server.new_database().await)]);
        Some(Self::new(vars, Some(server)).await)
    }

    /// On a server that the test may stop.
    pub(crate) async fn postgres_of_its_own() -> Option<Self> {
        let server = Arc::new(Server::start()?);
        let vars = BTreeMap::from([("PROXYAGENT_DATABASE_URL".to_owned(), server.new_database().await)]);
        Some(Self::new(vars, Some(server)).await)
    }

    async fn new(vars: BTreeMap<String, String>, server: Option<Arc<Server>>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let proxy = open(home.path(), vars.clone()).await.unwrap();
        let world = Self { proxy, home, vars, server };
        world
            .run(&[("CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER NOT NULL CHECK (n < 1000))", &[])])
            .await
            .unwrap();
        world
    }

    /// Another process on the same store.
    pub(crate) async fn another(&self) -> Arc<Proxy<Native>> {
        open(self.home.path(), self.vars.clone()).await.unwrap()
    }

    pub(crate) async fn run(
        &self,
        statements: &[(&'static str, &[Value])],
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let statements =
            statements.iter().map(|(sql, params)| Statement::new(sql, params.to_vec())).collect();
        self.proxy.platform.batch(statements).await
    }

    pub(crate) async fn count(&self) -> i64 {
        self.run(&[("SELECT count(*) FROM t", &[])]).await.unwrap()[0][0].int(0).unwrap()
    }
}

pub(crate) fn put(key: String, n: i64) -> Vec<Statement> {
    vec![Statement::new("INSERT INTO t VALUES (?1, ?2)", vec![key.into(), n.into()])]
}

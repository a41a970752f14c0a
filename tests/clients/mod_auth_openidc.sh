#!/usr/bin/env bash
# Apache's mod_auth_openidc in front of a page: a browser without a session is sent to log in and comes back with the
# citizen's number, which the page behind the module is told. TOWN, CLIENTS, APACHE_PORT and CA_FILE come from run.sh.
set -euo pipefail

apache=/usr/sbin/apache2
modules=/usr/lib/apache2/modules
[ -x "$apache" ] && [ -f "$modules/mod_auth_openidc.so" ] || { echo "skipped: on Debian: apt-get install libapache2-mod-auth-openidc"; exit 77; }

work=$(mktemp -d)
trap '[ -f "$work/pid" ] && kill "$(cat "$work/pid")" 2>/dev/null; sleep 0.3; rm -rf "$work"' EXIT
read -r pid other secret < <(python3 -c '
import json, os
run = json.load(open(os.environ["CLIENTS"]))
print(*run["people"], run["secret"])')
mkdir -p "$work/www/sikret" "$work/cache"
echo "det hemmelige" > "$work/www/sikret/index.html"
cat > "$work/apache.conf" <<CONF
ServerRoot $work
ServerName localhost
Listen 127.0.0.1:$APACHE_PORT
PidFile $work/pid
ErrorLog $work/error.log
DocumentRoot $work/www
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authn_core_module $modules/mod_authn_core.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule authz_user_module $modules/mod_authz_user.so
LoadModule dir_module $modules/mod_dir.so
LoadModule env_module $modules/mod_env.so
LoadModule headers_module $modules/mod_headers.so
LoadModule auth_openidc_module $modules/mod_auth_openidc.so
OIDCProviderMetadataURL $TOWN/idporten/.well-known/openid-configuration
OIDCCABundlePath $CA_FILE
OIDCClientID apache
OIDCClientSecret $secret
OIDCRedirectURI http://localhost:$APACHE_PORT/sikret/tilbake
OIDCCryptoPassphrase a-passphrase-for-one-run
OIDCCacheType shm
OIDCScope "openid profile"
OIDCPKCEMethod S256
OIDCAuthRequestParams login_hint=testid%3A${pid}_idporten-loa-high
OIDCRemoteUserClaim pid
<Location /sikret>
  AuthType openid-connect
  Require valid-user
  Header set Innlogget expr=%{REMOTE_USER}
</Location>
CONF
"$apache" -f "$work/apache.conf" || { cat "$work/error.log" >&2; exit 1; }
page="http://localhost:$APACHE_PORT/sikret/"
for _ in $(seq 100); do
  [ -f "$work/pid" ] && curl -s -o /dev/null "$page" && break
  sleep 0.1
done

answer=$(curl -s -L --max-redirs 5 -c "$work/jar" -b "$work/jar" --cacert "$CA_FILE" -D "$work/headers" "$page")
if [ "$answer" != "det hemmelige" ] || ! grep -qi "^Innlogget: $pid" "$work/headers"; then
  echo "the page was not reached as $pid (not $other):" >&2
  cat "$work/headers" "$work/error.log" >&2
  exit 1
fi
echo "ok  mod_auth_openidc: log-in with single page behind it"
curl -s -o /dev/null -w '%{http_code}' -b "$work/jar" "$page" | grep -q 200 || { echo "the session did not last" >&2; exit 1; }
echo "ok  mod_auth_openidc: session"
echo "2 steps"

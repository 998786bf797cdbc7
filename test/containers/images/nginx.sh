#!/bin/bash
knows() { busybox nslookup -type=a task-api. "$1" > /dev/null 2>&1; }
find_servers() { for each in $(sed -n 's/^nameserver //p' /etc/resolv.conf); do if knows "$each"; then echo "$each"; fi; done; }
until servers=$(find_servers) && [ "$servers" ]; do sleep 0.2; done
sed "s/127\.0\.0\.11/${servers//$'\n'/ }/" /etc/nginx/nginx.conf > /tmp/nginx.conf
exec /usr/sbin/nginx -c /tmp/nginx.conf "$@"

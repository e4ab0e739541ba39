/**
 * What kubectl can do, as a table: a command and what its output matches. The groups run one after the other, in their order,
 * in one namespace. `NS`, `NODE1` and `NODE2` stand for a namespace and two nodes that no other version of kubectl uses;
 * names of cluster-scoped objects begin with `NS`, too. A file `FILE` holds a ConfigMap `applied`.
 */
export interface Command {
  /** Words; quotes keep spaces. */
  run: string
  /** Of its output and its errors. */
  says: RegExp
  /** It fails. Default false. */
  fails?: true
  /** The oldest kubectl, by its minor version, that knows it. */
  since?: number
}

const ok = (run: string, says: RegExp, more: Partial<Command> = {}): Command => ({ run, says, ...more })

const creates: Command[] = [
  ok('create configmap settings --from-literal=a=b', /^configmap\/settings created$/),
  ok('create secret generic opaque --from-literal=a=b', /^secret\/opaque created$/),
  ok('create secret docker-registry pull --docker-username=u --docker-password=p', /^secret\/pull created$/),
  ok('create secret tls pair --cert=CERT --key=KEY', /^secret\/pair created$/),
  ok('create serviceaccount robot', /^serviceaccount\/robot created$/),
  ok('create role reader --verb=get,list --resource=pods,pods/log', /^role\S*\/reader created$/),
  ok('create clusterrole NS-nodes --verb=get --resource=nodes', /^clusterrole\S*\/NS-nodes created$/),
  ok('create clusterrole NS-logs --verb=get --non-resource-url=/logs/*', /^clusterrole\S*\/NS-logs created$/),
  ok('create clusterrole NS-all --aggregation-rule=a=b', /^clusterrole\S*\/NS-all created$/),
  ok('create rolebinding reads --role=reader --serviceaccount=NS:robot', /^rolebinding\S*\/reads created$/),
  ok(
    'create clusterrolebinding NS-sees --clusterrole=NS-nodes --user=jane',
    /^clusterrolebinding\S*\/NS-sees created$/,
  ),
  ok('create deployment web --image=web:1 --replicas=2 --port=80', /^deployment\.apps\/web created$/),
  ok('create job once --image=job:1 -- sh -c true', /^job\.batch\/once created$/),
  ok("create cronjob often --image=job:1 --schedule='0 0 1 1 *'", /^cronjob\.batch\/often created$/),
  ok('create job now --from=cronjob/often', /^job\.batch\/now created$/),
  ok('create ingress front --rule=example.com/*=web:80', /^ingress\S*\/front created$/),
  ok(
    'create poddisruptionbudget keep --selector=app=nothing --min-available=1',
    /^poddisruptionbudget\S*\/keep created$/,
  ),
  ok('create priorityclass NS-high --value=1000 --description=high', /^priorityclass\S*\/NS-high created$/),
  ok('create quota most --hard=pods=100,configmaps=50', /^resourcequota\/most created$/),
  ok('create service clusterip inner --tcp=80:8080', /^service\/inner created$/),
  ok('create service nodeport outer --tcp=80:8080', /^service\/outer created$/),
  ok('create service loadbalancer balanced --tcp=80:8080', /^service\/balanced created$/),
  ok('create service externalname elsewhere --external-name=example.com', /^service\/elsewhere created$/),
  ok('create namespace NS-more', /^namespace\/NS-more created$/),
  ok('create token robot --duration=1h', /^ey[\w-]+\.ey[\w-]+\.[\w-]+$/),
  ok('create configmap settings --from-literal=a=b', /configmaps "settings" already exists/, {
    fails: true,
  }),
  ok('create deployment web2 --image=web:1 --dry-run=server', /^deployment\.apps\/web2 created \(server dry run\)$/),
  ok('create -f FILE', /^configmap\/applied created$/),
]

const looks: Command[] = [
  ok('rollout status deploy/web --timeout=20s', /successfully rolled out$/),
  ok('get deploy', /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 /),
  ok('get deploy -o wide', /CONTAINERS +IMAGES +SELECTOR\nweb .* web +web:1 +app=web$/),
  ok('get all', /^pod\/web-[\s\S]*^service\/inner [\s\S]*^deployment\.apps\/web [\s\S]*^cronjob\.batch\/often /),
  ok('get svc,cm -o name', /^service\/balanced\n[\s\S]*configmap\/settings$/),
  ok('get pods -l app=web -o jsonpath={.items[*].status.phase}', /^Running Running$/),
  ok(
    'get pods --field-selector=status.phase=Running -l app=web --no-headers',
    /^web-\S+ +1\/1 +Running .*\nweb-\S+ .*$/,
  ),
  ok(
    'get pods --sort-by=.metadata.name -l app=web -o custom-columns=N:.metadata.name,Q:.status.qosClass',
    /^N +Q\nweb-\S+ +BestEffort\n/,
  ),
  ok('get deploy web --subresource=scale', /^NAME +DESIRED +AVAILABLE +AGE\nweb +2 +2 +\d+s$/),
  ok('get deploy web --subresource=status -o jsonpath={.status.readyReplicas}', /^2$/),
  ok('get nothing', /error: the server doesn't have a resource type "nothing"/, { fails: true }),
  ok('get pod nothing', /\(NotFound\): pods "nothing" not found/, { fails: true }),
  ok('get cs', /^NAME +STATUS +MESSAGE +ERROR\s*\netcd-0 +Healthy +ok\s*$/),
  ok('get --raw /version', /"minor": ?"36"/),
  ok('get --raw /readyz?verbose', /\[\+\]etcd ok\n[\s\S]*readyz check passed/),
  ok(
    'get events --field-selector=involvedObject.kind=Deployment',
    /Normal +ScalingReplicaSet +deployment\/web +Scaled up/,
  ),
  ok('events --for deployment/web --types=Normal', /ScalingReplicaSet +Deployment\/web /),
  ok('describe deploy web', /^Replicas: +2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable$/),
  ok('describe svc inner', /^Selector: +app=inner$/),
  ok('describe quota most', /^pods +\d+ +100$/),
  ok('describe node NODE1', /^ +cpu +\d/),
  ok('describe ingress front', /example\.com +\n +\/ +web:80/),
  ok('describe cronjob often', /^Schedule: +0 0 1 1 \*$/),
  ok('describe ns NS', /^Status: +Active$/),
  ok('describe pdb keep', /^Min available: +1$/),
  ok('describe role reader', /pods\/log +\[\] +\[\] +\[get list\]/),
  ok('explain pods.spec.containers.image', /^FIELD: image <string>$/),
  ok('explain deployment --recursive', /^ +maxSurge\t<IntOrString>/),
  ok('api-versions', /^apps\/v1$/),
  ok('api-resources --namespaced=false --verbs=list -o name', /^customresourcedefinitions\.apiextensions\.k8s\.io$/),
  ok(
    'api-resources --categories=all -o wide',
    /^deployments +deploy +apps\/v1 +true +Deployment +create,delete,deletecollection,get,list,patch,update,watch +all$/,
  ),
  ok('version', /Server Version: .*v?1\.36/),
  ok('cluster-info', /Kubernetes control plane.* is running at /),
]

const changes: Command[] = [
  ok('label deploy/web tier=front', /web labeled$/),
  ok('label deploy/web tier=back', /'tier' already has a value/, { fails: true }),
  ok('label deploy/web tier-', /web (un)?labeled$/),
  ok('annotate deploy/web note=x', /web annotated?$/),
  ok('set image deploy/web web=web:2', /web image updated$/),
  ok('rollout status deploy/web --timeout=20s', /successfully rolled out$/),
  ok('rollout history deploy/web', /^REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>/),
  ok('rollout undo deploy/web', /web rolled back$/),
  ok('get deploy web -o jsonpath={.spec.template.spec.containers[0].image}', /^web:1$/),
  ok('rollout restart deploy/web', /web restarted$/),
  ok('rollout pause deploy/web', /web paused$/),
  ok('rollout resume deploy/web', /web resumed$/),
  ok('set env deploy/web A=B', /web env updated$/),
  ok('set env deploy/web --list', /^A=B$/),
  ok('set resources deploy/web --limits=cpu=100m,memory=64Mi', /web resource requirements updated$/),
  ok('set serviceaccount deploy/web robot', /web serviceaccount updated$/),
  ok('set selector svc inner app=web', /inner selector updated$/),
  ok('set subject rolebinding reads --user=bob', /reads subjects updated$/),
  ok('scale deploy/web --replicas=3 --current-replicas=2', /web scaled$/),
  ok('scale deploy/web --replicas=1 --current-replicas=9', /xpected replicas to be 9, was 3/, { fails: true }),
  ok('patch deploy web --subresource=scale --type=merge -p {"spec":{"replicas":1}}', /web patched$/),
  ok(
    'patch deploy web -p {"spec":{"template":{"spec":{"containers":[{"name":"web","image":"web:3"}]}}}}',
    /web patched$/,
  ),
  ok('patch cm settings --type=json -p [{"op":"replace","path":"/data/a","value":"c"}]', /settings patched$/),
  ok('patch cm settings --type=merge -p {"data":{"a":"d"}}', /settings patched$/),
  ok('patch cm settings --type=merge -p {"data":{"a":"d"}}', /settings patched \(no change\)$/),
  ok('autoscale deploy/web --min=1 --max=5 --cpu-percent=80', /web autoscaled$/),
  ok('expose deploy/web --port=80 --name=exposed', /^service\/exposed exposed$/),
  ok('apply -f FILE', /configmap\/applied configured$/),
  ok('apply -f FILE', /configmap\/applied unchanged$/),
  ok('replace -f FILE', /^configmap\/applied replaced$/),
  ok('replace --force -f FILE', /^configmap "applied" deleted.*$[\s\S]*^configmap\/applied replaced$/),
  ok('wait --for=delete cm/nothing --timeout=5s', /^$/),
  ok('rollout status deploy/web --timeout=20s', /successfully rolled out$/),
]

const pods: Command[] = [
  ok('run lone --image=p:1 --restart=Never --labels=a=b', /^pod\/lone created$/),
  ok('wait --for=condition=Ready pod/lone --timeout=20s', /^pod\/lone condition met$/),
  ok('wait --for=jsonpath={.status.phase}=Running pod/lone --timeout=20s', /^pod\/lone condition met$/),
  ok('wait --for=create pod/lone --timeout=5s', /^pod\/lone condition met$/, { since: 31 }),
  ok('wait --for=condition=Ready=false pod/lone --timeout=1s', /timed out waiting for the condition on pods\/lone$/, {
    fails: true,
  }),
  ok('logs lone', /^$/),
  ok('exec lone -- ls', /simulated nodes have no exec/, { fails: true }),
  ok('cp FILE lone:/tmp/x', /simulated nodes have no exec/, { fails: true }),
  ok('debug lone --image=busybox --target=lone -c dbg --attach=false', /^Targeting container "lone"/),
  ok('get pod lone -o jsonpath={.spec.ephemeralContainers[*].name}', /^dbg$/),
  ok(
    'debug node/NODE1 --image=busybox --attach=false',
    /Creating debugging pod node-debugger-NODE1-\w+ with container debugger on node NODE1\./,
  ),
  ok(
    'debug lone --image=busybox --copy-to=copied --attach=false',
    /^(Defaulting debug container name to debugger-\w+\.|--profile.*|)$/,
  ),
  ok('get pod copied -o name', /^pod\/copied$/),
  ok(
    'patch pod lone --subresource=resize --type=merge -p {"spec":{"containers":[{"name":"lone","image":"p:1","resources":{"requests":{"cpu":"10m"}}}]}}',
    /Pod QOS Class may not change as a result of resizing/,
    { fails: true, since: 32 },
  ),
  ok('get pod lone -o jsonpath={.metadata.generation}', /^2$/),
  ok('delete pod lone --now', /^pod "lone" deleted/),
]

const nodes: Command[] = [
  ok('taint node NODE2 k=v:NoSchedule', /^node\/NODE2 tainted$/),
  ok('taint node NODE2 k:NoSchedule-', /^node\/NODE2 (un)?tainted$/),
  ok('cordon NODE2', /^node\/NODE2 cordoned$/),
  ok('get node NODE2', /NODE2 +Ready,SchedulingDisabled /),
  ok('drain NODE2 --force --delete-emptydir-data --ignore-daemonsets --timeout=20s', /node\/NODE2 drained$/),
  ok('uncordon NODE2', /^node\/NODE2 uncordoned$/),
  ok('top node', /Metrics API not available/, { fails: true }),
]

const identities: Command[] = [
  ok('auth can-i create pods', /^yes$/),
  ok('auth can-i --list', /^\*\.\*/),
  ok('auth whoami', /^Username +kubernetes-admin$/, { since: 28 }),
  ok('create -f REQUEST', /^certificatesigningrequest\S*\/NS-asks created$/),
  ok('certificate approve NS-asks', /NS-asks approved$/),
  ok('get csr NS-asks', /^NS-asks +\d+s +\S+ +kubernetes-admin +<none> +Approved/),
]

const ends: Command[] = [
  ok('delete hpa,ingress,pdb,quota --all', /"front" deleted/),
  ok('delete deploy web --cascade=orphan', /"web" deleted/),
  ok('get rs -o name', /^replicaset\.apps\/web-/),
  ok('delete all --all --wait=false', /"inner" .*deleted/),
  ok(
    'delete clusterrole,clusterrolebinding,priorityclass,csr NS-nodes NS-high --ignore-not-found',
    /"NS-nodes" deleted/,
  ),
  ok('delete ns NS-more', /^namespace "NS-more" deleted$/),
]

/** The groups, in the order in which they run. */
export const commands: Record<string, Command[]> = {
  'create everything that it can create': creates,
  'get, describe, explain': looks,
  'set, patch, scale, rollout, apply': changes,
  'run, wait, logs, debug': pods,
  'taint, cordon, drain': nodes,
  'auth, certificate': identities,
  delete: ends,
}

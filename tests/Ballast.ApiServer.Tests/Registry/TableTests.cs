using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Tests.Registry;

public sealed class TableTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-05-01T12:00:00Z", CultureInfo.InvariantCulture);

    private const string Meta = "metadata: {name: x, namespace: d, creationTimestamp: '2026-05-01T11:00:00Z'}";

    [Theory]
    [InlineData(-5, "<invalid>")]
    [InlineData(-1, "0s")]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(185, "3m5s")]
    [InlineData(3600, "60m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData((3 * 3600) + 120, "3h2m")]
    [InlineData(9 * 3600, "9h")]
    [InlineData(50 * 3600, "2d2h")]
    [InlineData(10 * 86400, "10d")]
    [InlineData(800L * 86400, "2y70d")]
    [InlineData(9L * 365 * 86400, "9y")]
    public void Ages_have_two_figures_at_most(long seconds, string expected) => Assert.Equal(expected, HumanDuration.Format(TimeSpan.FromSeconds(seconds)));

    public static TheoryData<string, string, string> Rows => new()
    {
        { "configmaps", "data: {a: '1'}\nbinaryData: {b: AA==}", """["x",2,"60m"]""" },
        { "namespaces", "status: {phase: Active}", """["x","Active","60m"]""" },
        { "secrets", "type: Opaque\ndata: {a: MQ==}", """["x","Opaque",1,"60m"]""" },
        {
            "services", "spec: {type: LoadBalancer, clusterIPs: [10.96.0.5], ports: [{port: 80, nodePort: 30080, protocol: TCP}, {port: 53, protocol: UDP}], selector: {b: '2', a: '1'}}",
            """["x","LoadBalancer","10.96.0.5","<pending>","80:30080/TCP,53/UDP","60m","a=1,b=2"]"""
        },
        { "services", "spec: {type: ExternalName, externalName: example.com}", """["x","ExternalName","<none>","example.com","<none>","60m","<none>"]""" },
        {
            "services", "spec: {type: LoadBalancer, clusterIPs: [10.96.0.5], externalIPs: [2.2.2.2], ports: [{port: 80, protocol: TCP}]}\nstatus: {loadBalancer: {ingress: [{hostname: b}, {ip: 1.1.1.1}]}}",
            """["x","LoadBalancer","10.96.0.5","1.1.1.1,b,2.2.2.2","80/TCP","60m","<none>"]"""
        },
        {
            "endpoints", "subsets: [{addresses: [{ip: 1.1.1.1}, {ip: 1.1.1.2}], ports: [{port: 80}, {port: 443}]}]",
            """["x","1.1.1.1:80,1.1.1.2:80,1.1.1.1:443 + 1 more...","60m"]"""
        },
        { "endpoints", "kind: Endpoints", """["x","<none>","60m"]""" },
        { "endpointslices", "addressType: IPv4\nports: [{port: 80}, {name: web}]\nendpoints: [{addresses: [1.1.1.1]}]", """["x","IPv4","80,web","1.1.1.1","60m"]""" },
        {
            "nodes", "spec: {unschedulable: true}\nstatus: {conditions: [{type: Ready, status: 'True'}], nodeInfo: {kubeletVersion: v1.36.0, osImage: Debian}, addresses: [{type: InternalIP, address: 10.0.0.1}]}",
            """["x","Ready,SchedulingDisabled","<none>","60m","v1.36.0","10.0.0.1","<none>","Debian","<unknown>","<unknown>"]"""
        },
        { "nodes", "status: {conditions: [{type: Ready, status: Unknown}]}", """["x","NotReady","<none>","60m","","<none>","<none>","<unknown>","<unknown>","<unknown>"]""" },
        {
            "deployments", "spec: {replicas: 3, selector: {matchLabels: {app: w}, matchExpressions: [{key: t, operator: In, values: [b, a]}]}, template: {spec: {containers: [{name: c, image: i}, {name: s, image: j}]}}}\nstatus: {readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2}",
            """["x","2/3",1,2,"60m","c,s","i,j","app=w,t in (a,b)"]"""
        },
        { "daemonsets", "status: {desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1}", """["x",3,2,1,0,0,"<none>","60m","","","<none>"]""" },
        { "jobs", "spec: {completions: 2}\nstatus: {succeeded: 2, startTime: '2026-05-01T11:00:00Z', completionTime: '2026-05-01T11:01:05Z', conditions: [{type: Complete, status: 'True'}]}", """["x","Complete","2/2","65s","60m","","","<none>"]""" },
        { "jobs", "spec: {parallelism: 3}", """["x","Running","0/1 of 3","","60m","","","<none>"]""" },
        { "cronjobs", "spec: {schedule: '@daily', suspend: false}\nstatus: {lastScheduleTime: '2026-05-01T11:55:00Z'}", """["x","@daily","<none>","False",0,"5m","60m","","","<none>"]""" },
        { "poddisruptionbudgets", "spec: {minAvailable: 50%}\nstatus: {disruptionsAllowed: 1}", """["x","50%","N/A",1,"60m"]""" },
        { "leases", "spec: {holderIdentity: me}", """["x","me","60m"]""" },
        { "persistentvolumes", "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteMany, ReadWriteOnce], claimRef: {namespace: d, name: c}}\nstatus: {phase: Bound}", """["x","1Gi","RWO,RWX","","Bound","d/c","","<unset>","","60m","<unset>"]""" },
        { "clusterrolebindings", "roleRef: {kind: ClusterRole, name: admin}\nsubjects: [{kind: User, name: u}, {kind: ServiceAccount, namespace: dev, name: s}]", """["x","ClusterRole/admin","60m","u","","dev/s"]""" },
        { "certificatesigningrequests", "spec: {signerName: a/b, username: u, expirationSeconds: 3600}\nstatus: {certificate: Y2VydA==, conditions: [{type: Approved, status: 'True'}]}", """["x","60m","a/b","u","60m","Approved,Issued"]""" },
        { "horizontalpodautoscalers", "spec: {minReplicas: 1, maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: w}, metrics: [{type: Resource, resource: {name: cpu, target: {averageUtilization: 80}}}]}\nstatus: {currentReplicas: 2}", """["x","Deployment/w","cpu: <unknown>/80%","1",5,2,"60m"]""" },
        { "prioritylevelconfigurations", "spec: {type: Limited, limited: {nominalConcurrencyShares: 30, limitResponse: {queuing: {queues: 64, handSize: 6, queueLengthLimit: 50}}}}", """["x","Limited",30,64,6,50,"60m"]""" },
        { "ipaddresses", "spec: {parentRef: {resource: services, namespace: d, name: w}}", """["x","services/d/w"]""" },
        { "resourcequotas", "status: {hard: {pods: '5', limits.cpu: '2'}, used: {pods: '1'}}", """["x","pods: 1/5","limits.cpu: 0/2","60m"]""" },
        { "controllerrevisions", "revision: 3", """["x","<none>",3,"60m"]""" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Rows_are_upstreams(string resource, string yaml, string expected)
    {
        var document = BuiltIns.Yaml(Meta + "\n" + yaml);
        Assert.Equal(expected, BuiltIns.Find(resource).Versions[0].Columns.Cells(document, Now).ToJsonString(Relaxed));
    }

    [Theory]
    [InlineData("", "events", "Last Seen,Type,Reason,Object,Message")]
    [InlineData("", "pods", "Name,Ready,Status,Restarts,Age")]
    [InlineData("apps", "statefulsets", "Name,Ready,Age")]
    [InlineData("networking.k8s.io", "ingresses", "Name,Class,Hosts,Address,Ports,Age")]
    [InlineData("admissionregistration.k8s.io", "validatingadmissionpolicies", "Name,Validations,ParamKind,Age")]
    public void Headings_without_wide_are_upstreams(string group, string resource, string expected) => Assert.Equal(expected,
        string.Join(',', BuiltIns.Find(resource, group).Versions[0].Columns.Columns.Where(c => c.Priority == 0).Select(c => c.Name)));

    [Fact]
    public void An_event_of_the_newer_group_shows_the_same_row()
    {
        var core = BuiltIns.Yaml("""
            apiVersion: v1
            kind: Event
            metadata: {name: e, namespace: d}
            involvedObject: {kind: Pod, name: p, fieldPath: 'spec.containers{c}'}
            reason: Pulled
            type: Normal
            message: " text "
            source: {component: kubelet, host: n1}
            firstTimestamp: "2026-05-01T11:00:00Z"
            lastTimestamp: "2026-05-01T11:59:00Z"
            count: 3
            """);
        const string Expected = """["60s","Normal","Pulled","pod/p","spec.containers{c}","kubelet, n1","text","60m",3,"e"]""";
        var definition = BuiltIns.Find("events", "events.k8s.io");
        var converted = definition.Versions[0].FromStorage!(core);

        Assert.Equal("p", converted["regarding"]!["name"]!.GetValue<string>());
        Assert.Equal(Expected, BuiltIns.Find("events", "").Versions[0].Columns.Cells(core, Now).ToJsonString(Relaxed));
        Assert.Equal(Expected, definition.Versions[0].Columns.Cells(converted, Now).ToJsonString(Relaxed));
        Assert.True(JsonNode.DeepEquals(core, definition.Versions[0].ToStorage!(converted)));
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

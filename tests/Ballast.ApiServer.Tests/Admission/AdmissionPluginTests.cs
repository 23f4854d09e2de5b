using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Admission;
using Ballast.ApiServer.Authorization;
using Ballast.ComponentBase.Commands;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.ApiServer.Tests.Admission;

public sealed class AdmissionPluginTests : AdmissionTests
{
    [Fact]
    public void The_default_plugins_run_in_upstreams_order() => Assert.Equal(
        ["NamespaceLifecycle", "LimitRanger", "ServiceAccount", "NodeRestriction", "TaintNodesByCondition", "Priority", "DefaultTolerationSeconds", "DefaultStorageClass",
            "StorageObjectInUseProtection", "PersistentVolumeClaimResize", "RuntimeClass", "CertificateApproval", "CertificateSigning",
            "CertificateSubjectRestriction", "DefaultIngressClass", "PodTopologyLabels", "RBACEscalation"],
        Plugins().Select(p => p.Name));

    [Theory]
    [InlineData("NodeRestrictoin", "", "enable-admission-plugins plugin \"NodeRestrictoin\" is unknown")]
    [InlineData("", "Nothing", "disable-admission-plugins plugin \"Nothing\" is unknown")]
    [InlineData("Priority", "Priority", "[Priority] in enable-admission-plugins and disable-admission-plugins overlapped")]
    [InlineData("AlwaysPullImages", "", "enable-admission-plugins plugin \"AlwaysPullImages\" is not available in this server")]
    public void Wrong_names_are_refused(string enable, string disable, string message)
    {
        var authorization = new ServerAuthorization(["AlwaysAllow"], Catalog, TimeProvider.System, NullLoggerFactory.Instance);
        Assert.Equal(message, Assert.Throws<UsageException>(() => AdmissionPlugins.Create(
            enable.Length == 0 ? [] : [enable], disable.Length == 0 ? [] : [disable], Catalog, authorization, TimeProvider.System)).Message);
    }

    [Fact]
    public async Task NamespaceLifecycle_wants_a_namespace_that_exists_and_stays()
    {
        _ = await Catalog["namespaces"].AddAsync("""{"metadata":{"name":"web"},"status":{"phase":"Active"}}""");
        _ = await Catalog["namespaces"].AddAsync("""{"metadata":{"name":"old"},"status":{"phase":"Terminating"}}""");
        _ = await CreateAsync("NamespaceLifecycle", "configmaps", """{"metadata":{"name":"a","namespace":"web"}}""");
        await RefusedAsync("namespaces \"none\" not found", () => CreateAsync("NamespaceLifecycle", "configmaps", """{"metadata":{"name":"a","namespace":"none"}}"""), 404);

        var refusal = await Assert.ThrowsAsync<StatusException>(() => CreateAsync("NamespaceLifecycle", "configmaps", """{"metadata":{"name":"a","namespace":"old"}}"""));
        Assert.Equal("configmaps \"a\" is forbidden: unable to create new content in namespace old because it is being terminated", refusal.Message);
        Assert.Equal("""[{"reason":"NamespaceTerminating","message":"namespace old is being terminated","field":"metadata.namespace"}]""", refusal.Details!["causes"]!.ToJsonString());

        _ = await UpdateAsync("NamespaceLifecycle", "configmaps", """{"metadata":{"name":"a","namespace":"old"}}""", """{"metadata":{"name":"a","namespace":"old"}}""");
        await DeleteAsync("NamespaceLifecycle", "namespaces", """{"metadata":{"name":"web"}}""");
        await RefusedAsync("namespaces \"kube-system\" is forbidden: this namespace may not be deleted",
            () => DeleteAsync("NamespaceLifecycle", "namespaces", """{"metadata":{"name":"kube-system"}}"""));
    }

    [Fact]
    public async Task ServiceAccount_sets_the_default_and_mounts_its_token()
    {
        _ = await Catalog["serviceaccounts"].AddAsync("""{"metadata":{"name":"default","namespace":"web"},"imagePullSecrets":[{"name":"registry"}]}""");
        var pod = await CreateAsync("ServiceAccount", "pods", """{"metadata":{"name":"a","namespace":"web"},"spec":{"initContainers":[{"name":"i"}],"containers":[{"name":"c"},{"name":"own","volumeMounts":[{"name":"x","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}]}}""");
        var spec = pod["spec"]!;
        Assert.Equal("default", spec["serviceAccountName"]!.GetValue<string>());
        var volume = spec["volumes"]![0]!["name"]!.GetValue<string>();
        Assert.Matches("^kube-api-access-[a-z0-9]{5}$", volume);
        Assert.Equal($$"""[{"name":"{{volume}}","readOnly":true,"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]""", spec["containers"]![0]!["volumeMounts"]!.ToJsonString());
        Assert.Single(spec["initContainers"]![0]!["volumeMounts"]!.AsArray());
        Assert.Equal("x", spec["containers"]![1]!["volumeMounts"]![0]!["name"]!.GetValue<string>());
        Assert.Equal("""[{"name":"registry"}]""", spec["imagePullSecrets"]!.ToJsonString());
        Assert.Equal("""{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}}""", spec["volumes"]![0]!["projected"]!["sources"]![0]!.ToJsonString());
    }

    [Theory]
    [InlineData("true", "", 1)]
    [InlineData("false", "", 0)]
    [InlineData("false", ",\"automountServiceAccountToken\":true", 1)]
    [InlineData("true", ",\"automountServiceAccountToken\":false", 0)]
    public async Task ServiceAccount_mounts_what_the_pod_says_before_what_the_account_says(string account, string pod, int volumes)
    {
        _ = await Catalog["serviceaccounts"].AddAsync($$"""{"metadata":{"name":"default","namespace":"web"},"automountServiceAccountToken":{{account}}}""");
        var made = await CreateAsync("ServiceAccount", "pods", $$$"""{"metadata":{"name":"a","namespace":"web"},"spec":{"containers":[{"name":"c"}]{{{pod}}}}}""");
        Assert.Equal(volumes, made["spec"]!["volumes"]?.AsArray().Count ?? 0);
    }

    [Fact]
    public async Task ServiceAccount_waits_a_moment_for_the_account_then_refuses() => await RefusedAsync(
        "pods \"a\" is forbidden: error looking up service account web/robot: serviceaccount \"robot\" not found",
        () => CreateAsync("ServiceAccount", "pods", """{"metadata":{"name":"a","namespace":"web"},"spec":{"serviceAccountName":"robot","containers":[]}}"""));

    [Theory]
    [InlineData("\"serviceAccountName\":\"x\"", "a mirror pod may not reference service accounts")]
    [InlineData("\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"s\"}}]", "a mirror pod may not reference secrets")]
    [InlineData("\"volumes\":[{\"name\":\"v\",\"projected\":{\"sources\":[{\"serviceAccountToken\":{}}]}}]", "a mirror pod may not use ServiceAccountToken volume projections")]
    public async Task ServiceAccount_keeps_mirror_pods_plain(string spec, string why) => await RefusedAsync("pods \"m\" is forbidden: " + why,
        () => CreateAsync("ServiceAccount", "pods", $$$"""{"metadata":{"name":"m","namespace":"web","annotations":{"kubernetes.io/config.mirror":"x"}},"spec":{{{{spec}}}}}"""));

    [Fact]
    public async Task DefaultTolerationSeconds_adds_what_is_missing()
    {
        var plain = await CreateAsync("DefaultTolerationSeconds", "pods", """{"metadata":{"name":"a"},"spec":{}}""");
        Assert.Equal(
            """[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300},{"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}]""",
            plain["spec"]!["tolerations"]!.ToJsonString());
        var own = await CreateAsync("DefaultTolerationSeconds", "pods",
            """{"metadata":{"name":"a"},"spec":{"tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":5}]}}""");
        Assert.Equal(2, own["spec"]!["tolerations"]!.AsArray().Count);
        var all = await CreateAsync("DefaultTolerationSeconds", "pods", """{"metadata":{"name":"a"},"spec":{"tolerations":[{"operator":"Exists"}]}}""");
        Assert.Single(all["spec"]!["tolerations"]!.AsArray());
    }

    [Fact]
    public async Task TaintNodesByCondition_taints_once()
    {
        var node = await CreateAsync("TaintNodesByCondition", "nodes", """{"metadata":{"name":"n1"}}""");
        Assert.Equal("""[{"key":"node.kubernetes.io/not-ready","effect":"NoSchedule"}]""", node["spec"]!["taints"]!.ToJsonString());
        Assert.Single((await CreateAsync("TaintNodesByCondition", "nodes", node.ToJsonString()))["spec"]!["taints"]!.AsArray());
    }

    [Fact]
    public async Task Priority_resolves_classes_and_refuses_what_contradicts_them()
    {
        const string Classes = "priorityclasses";
        _ = await Catalog[Classes, "scheduling.k8s.io"].AddAsync("""{"metadata":{"name":"high"},"value":1000,"preemptionPolicy":"Never"}""");
        var none = await CreateAsync("Priority", "pods", """{"metadata":{"name":"a"},"spec":{}}""");
        Assert.Equal("""{"priority":0,"preemptionPolicy":"PreemptLowerPriority"}""", none["spec"]!.ToJsonString());
        var high = await CreateAsync("Priority", "pods", """{"metadata":{"name":"a"},"spec":{"priorityClassName":"high"}}""");
        Assert.Equal("""{"priorityClassName":"high","priority":1000,"preemptionPolicy":"Never"}""", high["spec"]!.ToJsonString());

        await RefusedAsync("pods \"a\" is forbidden: no PriorityClass with name nope was found",
            () => CreateAsync("Priority", "pods", """{"metadata":{"name":"a"},"spec":{"priorityClassName":"nope"}}"""));
        await RefusedAsync("pods \"a\" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name",
            () => CreateAsync("Priority", "pods", """{"metadata":{"name":"a"},"spec":{"priorityClassName":"high","priority":5}}"""));

        _ = await Catalog[Classes, "scheduling.k8s.io"].AddAsync("""{"metadata":{"name":"usual"},"value":7,"globalDefault":true}""");
        Assert.Equal("usual", (await CreateAsync("Priority", "pods", """{"metadata":{"name":"a"},"spec":{}}"""))["spec"]!["priorityClassName"]!.GetValue<string>());
        await RefusedAsync("priorityclasses.scheduling.k8s.io \"other\" is forbidden: PriorityClass usual is already marked as default. Only one default can exist",
            () => CreateAsync("Priority", Classes, """{"metadata":{"name":"other"},"value":8,"globalDefault":true}""", "scheduling.k8s.io"));
        _ = await UpdateAsync("Priority", Classes, """{"metadata":{"name":"usual"}}""", """{"metadata":{"name":"usual"},"globalDefault":true}""", "scheduling.k8s.io");
    }

    [Fact]
    public async Task The_newest_default_storage_class_is_taken()
    {
        _ = await Catalog["storageclasses", "storage.k8s.io"].AddAsync("""{"metadata":{"name":"old","creationTimestamp":"2020-01-01T00:00:00Z","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}""");
        _ = await Catalog["storageclasses", "storage.k8s.io"].AddAsync("""{"metadata":{"name":"new","creationTimestamp":"2021-01-01T00:00:00Z","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}""");
        Assert.Equal("new", (await CreateAsync("DefaultStorageClass", "persistentvolumeclaims", """{"metadata":{"name":"c"},"spec":{}}"""))["spec"]!["storageClassName"]!.GetValue<string>());
        Assert.Equal("", (await CreateAsync("DefaultStorageClass", "persistentvolumeclaims", """{"metadata":{"name":"c"},"spec":{"storageClassName":""}}"""))["spec"]!["storageClassName"]!.GetValue<string>());
    }

    [Fact]
    public async Task Claims_grow_only_where_their_class_allows_it()
    {
        _ = await Catalog["storageclasses", "storage.k8s.io"].AddAsync("""{"metadata":{"name":"fixed"}}""");
        _ = await Catalog["storageclasses", "storage.k8s.io"].AddAsync("""{"metadata":{"name":"grows"},"allowVolumeExpansion":true}""");
        static string Claim(string size, string c) => $$$$$$"""{"metadata":{"name":"c"},"spec":{"storageClassName":"{{{{{{c}}}}}}","resources":{"requests":{"storage":"{{{{{{size}}}}}}"}}}}""";
        _ = await UpdateAsync("PersistentVolumeClaimResize", "persistentvolumeclaims", Claim("1Gi", "grows"), Claim("2Gi", "grows"));
        _ = await UpdateAsync("PersistentVolumeClaimResize", "persistentvolumeclaims", Claim("1Gi", "fixed"), Claim("1024Mi", "fixed"));
        await RefusedAsync("persistentvolumeclaims \"c\" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
            () => UpdateAsync("PersistentVolumeClaimResize", "persistentvolumeclaims", Claim("1Gi", "fixed"), Claim("2Gi", "fixed")));
    }
}

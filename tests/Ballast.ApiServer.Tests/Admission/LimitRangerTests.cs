using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Tests.Admission;

public sealed class LimitRangerTests : AdmissionTests
{
    private const string Plugin = "LimitRanger";

    [Fact]
    public async Task Containers_get_what_they_lack_and_the_pod_says_so()
    {
        await LimitAsync("""{"type":"Container","default":{"cpu":"500m"},"defaultRequest":{"cpu":"100m","memory":"64Mi"}}""");
        var pod = await CreateAsync(Plugin, "pods",
            """{"metadata":{"name":"p","namespace":"a"},"spec":{"initContainers":[{"name":"i","resources":{"requests":{"memory":"1Mi"}}}],"containers":[{"name":"c"}]}}""");
        Assert.Equal("""{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"cpu":"500m"}}""", pod["spec"]!["containers"]![0]!["resources"]!.ToJsonString());
        Assert.Equal("""{"requests":{"memory":"1Mi","cpu":"100m"},"limits":{"cpu":"500m"}}""", pod["spec"]!["initContainers"]![0]!["resources"]!.ToJsonString());
        Assert.Equal(
            "LimitRanger plugin set: cpu, memory request for container c; cpu limit for container c; cpu request for init container i; cpu limit for init container i",
            pod.Annotations!["kubernetes.io/limit-ranger"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"type":"Container","min":{"cpu":"200m"}}""", "minimum cpu usage per Container is 200m, but request is 100m")]
    [InlineData("""{"type":"Container","max":{"cpu":"250m"}}""", "maximum cpu usage per Container is 250m, but limit is 300m")]
    [InlineData("""{"type":"Container","max":{"memory":"1Gi"}}""", "maximum memory usage per Container is 1Gi.  No limit is specified")]
    [InlineData("""{"type":"Container","min":{"memory":"1Gi"}}""", "minimum memory usage per Container is 1Gi.  No request is specified")]
    [InlineData("""{"type":"Container","maxLimitRequestRatio":{"cpu":"2"}}""", "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000")]
    [InlineData("""{"type":"Pod","max":{"cpu":"500m"}}""", "maximum cpu usage per Pod is 500m, but limit is 600m")]
    [InlineData("""{"type":"Container","min":{"cpu":"200m"},"max":{"cpu":"250m"}}""", "[minimum cpu usage per Container is 200m, but request is 100m, maximum cpu usage per Container is 250m, but limit is 300m]")]
    public async Task What_is_too_small_or_too_large_is_refused(string item, string why)
    {
        const string Container = """{"name":"c","resources":{"requests":{"cpu":"100m"},"limits":{"cpu":"300m"}}}""";
        const string Pod = $$$"""{"metadata":{"name":"p","namespace":"a"},"spec":{"containers":[{{{Container}}},{{{Container}}}]}}""";
        _ = await CreateAsync(Plugin, "pods", Pod);
        await LimitAsync(item);
        await RefusedAsync("pods \"p\" is forbidden: " + why, () => CreateAsync(Plugin, "pods", Pod));
        _ = await UpdateAsync(Plugin, "pods", Pod, Pod);
    }

    [Fact]
    public async Task Claims_have_limits_too()
    {
        await LimitAsync("""{"type":"PersistentVolumeClaim","max":{"storage":"1Gi"}}""");
        await RefusedAsync("persistentvolumeclaims \"c\" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi", () => CreateAsync(
            Plugin, "persistentvolumeclaims", """{"metadata":{"name":"c","namespace":"a"},"spec":{"resources":{"requests":{"storage":"2Gi"}}}}"""));
    }

    [Fact]
    public async Task A_bound_pod_gets_its_nodes_zone()
    {
        _ = await Catalog["nodes"].AddAsync("""{"metadata":{"name":"n1","labels":{"topology.kubernetes.io/zone":"z1","other":"x"}}}""");
        var binding = await CreateAsync("PodTopologyLabels", "pods", """{"metadata":{"name":"p","namespace":"a"},"target":{"kind":"Node","name":"n1"}}""", subresource: "binding");
        Assert.Equal("""{"topology.kubernetes.io/zone":"z1"}""", binding.Labels!.ToJsonString());
    }

    private Task LimitAsync(string item) => Catalog["limitranges"].AddAsync($$$"""{"metadata":{"name":"l","namespace":"a"},"spec":{"limits":[{{{item}}}]}}""");
}

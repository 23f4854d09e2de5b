using Ballast.ApiMachinery.Objects;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.Discovery;

/// <summary>A resource that the API serves now, in its preferred version.</summary>
public sealed record DiscoveredResource(GroupVersionResource Resource, string Kind, bool IsNamespaced, IReadOnlySet<string> Verbs)
{
    public bool Can(params ReadOnlySpan<string> verbs)
    {
        foreach (var verb in verbs)
        {
            if (!Verbs.Contains(verb))
                return false;
        }
        return true;
    }
}

/// <summary>What discovery found, and the group versions that did not answer (an aggregated API that is down, for instance).</summary>
public sealed record Discovered(IReadOnlyList<DiscoveredResource> Resources, IReadOnlyDictionary<string, string> Failures);

/// <summary>Asks the API which resources it serves, custom ones included.</summary>
public sealed class ResourceDiscovery(ApiClient client)
{
    /// <exception cref="HttpOperationException">The list of groups itself could not be had.</exception>
    public async Task<Discovered> DiscoverAsync(CancellationToken cancel)
    {
        var groups = await client.GetAsync<V1APIGroupList>("apis", cancel);
        var versions = groups.Groups
            .SelectMany(g => g.Versions.OrderByDescending(v => v.GroupVersion == g.PreferredVersion?.GroupVersion).Select(v => GroupVersion.Parse(v.GroupVersion)))
            .Prepend(new GroupVersion("", "v1")).ToList();
        var failures = new Dictionary<string, string>();
        var answers = await Task.WhenAll(versions.Select(async v => (Version: v, Answer: await ResourcesOfAsync(v, cancel))));
        var found = new Dictionary<GroupResource, DiscoveredResource>();
        foreach (var (version, (resources, failure)) in answers)
        {
            if (failure is not null)
                failures[version.ToString()] = failure;
            foreach (var resource in resources)
                found.TryAdd(resource.Resource.GroupResource, resource); // the preferred version comes first
        }
        return new([.. found.Values], failures);
    }

    private async Task<(IEnumerable<DiscoveredResource>, string? Failure)> ResourcesOfAsync(GroupVersion version, CancellationToken cancel)
    {
        try
        {
            var path = version.Group.Length == 0 ? $"api/{version.Version}" : $"apis/{version}";
            var list = await client.GetAsync<V1APIResourceList>(path, cancel);
            return (list.Resources.Where(r => !r.Name.Contains('/', StringComparison.Ordinal))
                .Select(r => new DiscoveredResource(version.WithResource(r.Name), r.Kind, r.Namespaced, r.Verbs.ToHashSet())), null);
        }
        catch (HttpOperationException e) when (e.IsNotFound)
        {
            return ([], null); // the last custom resource of the version has just gone
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException)
        {
            return ([], e.ApiMessage);
        }
    }
}

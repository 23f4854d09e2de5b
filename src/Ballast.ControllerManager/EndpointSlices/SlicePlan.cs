using Ballast.Client;
using k8s.Models;

namespace Ballast.ControllerManager.EndpointSlices;

/// <summary>The fewest writes that bring a service's slices to what is desired. No I/O.</summary>
/// <param name="Create">Without names.</param>
/// <param name="Update">Existing slices with other endpoints.</param>
/// <param name="Delete">Slices that hold nothing any more.</param>
internal sealed record SlicePlan(List<V1EndpointSlice> Create, List<V1EndpointSlice> Update, List<V1EndpointSlice> Delete)
{
    /// <param name="desired">All groups of the service.</param>
    /// <param name="existing">Its slices.</param>
    /// <param name="max">Endpoints a slice.</param>
    /// <param name="make">An empty slice of the service, for an address type; also says what labels an existing one must have.</param>
    public static SlicePlan For(IReadOnlyList<SliceGroup> desired, IReadOnlyList<V1EndpointSlice> existing, int max, Func<string, V1EndpointSlice> make)
    {
        var plan = new SlicePlan([], [], []);
        var byKey = existing.ToLookup(s => SliceGroup.KeyOf(s.AddressType, s.Ports));
        foreach (var group in desired)
            plan.Fill(group, [.. byKey[group.Key]], max, make);
        var wanted = desired.Select(g => g.Key).ToHashSet();
        plan.Delete.AddRange(existing.Where(s => !wanted.Contains(SliceGroup.KeyOf(s.AddressType, s.Ports))));
        if (desired.Count == 0)
            plan.KeepOneEmpty(make);
        return plan;
    }

    private void Fill(SliceGroup group, List<V1EndpointSlice> existing, int max, Func<string, V1EndpointSlice> make)
    {
        var missing = new Dictionary<string, V1Endpoint>(group.Endpoints);
        var kept = existing.Select(s => (Slice: s, Endpoints: Keep(s, missing))).ToList();
        // New endpoints go where a write is due anyway, then where there is most in already.
        var order = kept.OrderByDescending(k => NeedsWrite(k.Slice, k.Endpoints, make)).ThenByDescending(k => k.Endpoints.Count);
        var rest = new Queue<V1Endpoint>(missing.Values);
        foreach (var (slice, endpoints) in order)
        {
            while (endpoints.Count < max && rest.TryDequeue(out var endpoint))
                endpoints.Add(endpoint);
            if (endpoints.Count == 0)
                Delete.Add(slice);
            else if (NeedsWrite(slice, endpoints, make))
                Update.Add(slice with { Endpoints = endpoints, Metadata = WithLabelsOf(slice, make) });
        }
        while (rest.Count > 0)
        {
            var endpoints = new List<V1Endpoint>();
            while (endpoints.Count < max && rest.TryDequeue(out var endpoint))
                endpoints.Add(endpoint);
            Create.Add(make(group.AddressType) with { Ports = group.Ports, Endpoints = endpoints });
        }
    }

    /// <summary>The slice's endpoints that are still wanted, as they are wanted; takes them out of <paramref name="missing"/>.</summary>
    private static List<V1Endpoint> Keep(V1EndpointSlice slice, Dictionary<string, V1Endpoint> missing)
    {
        var kept = new List<V1Endpoint>();
        foreach (var endpoint in slice.Endpoints ?? [])
        {
            if (endpoint.TargetRef?.Uid is { } uid && missing.Remove(uid, out var wanted))
                kept.Add(wanted);
        }
        return kept;
    }

    private static bool NeedsWrite(V1EndpointSlice slice, List<V1Endpoint> endpoints, Func<string, V1EndpointSlice> make) =>
        !Json.Same(slice.Endpoints ?? [], endpoints) || !Json.Same(slice.Metadata.Labels, make(slice.AddressType).Metadata.Labels);

    private static V1ObjectMeta WithLabelsOf(V1EndpointSlice slice, Func<string, V1EndpointSlice> make) =>
        slice.Metadata with { Labels = make(slice.AddressType).Metadata.Labels };

    /// <summary>A service without pods keeps one slice: whoever watches sees that it is known.</summary>
    private void KeepOneEmpty(Func<string, V1EndpointSlice> make)
    {
        var slice = Delete.FirstOrDefault();
        if (slice is null)
        {
            Create.Add(make("IPv4") with { Ports = [], Endpoints = [] });
            return;
        }
        Delete.Remove(slice);
        if (NeedsWrite(slice, [], make))
            Update.Add(slice with { Endpoints = [], Metadata = WithLabelsOf(slice, make) });
    }
}

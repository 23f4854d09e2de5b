using System.Collections.Concurrent;
using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <param name="Terminated">Nothing of the pod runs any more, nor will it: the API object may go.</param>
internal sealed record PodStatusEntry(V1Pod Pod, V1PodStatus Status, bool Terminated);

/// <summary>The last status of every pod of this node. The workers write it; it is read by who reports it. Safe for concurrent use.</summary>
internal sealed class PodStatuses
{
    private readonly ConcurrentDictionary<string, PodStatusEntry> _entries = new();

    /// <summary>Raised with the pod's uid after its status was set or forgotten.</summary>
    public event Action<string>? Changed;

    public IEnumerable<PodStatusEntry> All => _entries.Values;

    public PodStatusEntry? Find(string uid) => _entries.GetValueOrDefault(uid);

    public void Set(PodStatusEntry entry)
    {
        _entries[entry.Pod.Metadata.Uid] = entry;
        Changed?.Invoke(entry.Pod.Metadata.Uid);
    }

    public void Forget(string uid)
    {
        if (_entries.TryRemove(uid, out _))
            Changed?.Invoke(uid);
    }
}

using Ballast.ApiMachinery.Selectors;
using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Expectations;
using Ballast.ControllerManager.Ownership;
using Ballast.ControllerManager.Pods;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.ReplicaSets;

/// <summary>Keeps as many pods of each ReplicaSet running as it asks for.</summary>
public sealed class ReplicaSetController : IController
{
    /// <summary>At most so many pods are created or deleted in one sync.</summary>
    private const int BurstReplicas = 500;

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1Pod> _podClient;
    private readonly ResourceClient<V1ReplicaSet> _setClient;
    private readonly Informer<V1ReplicaSet> _sets;
    private readonly Informer<V1Pod> _pods;
    private readonly IIndex<V1Pod> _podsByController;
    private readonly IIndex<V1ReplicaSet> _setsByController;
    private readonly ControllerExpectations _expectations;
    private readonly ControllerLoop<ObjectKey> _loop;

    public ReplicaSetController(ControllerContext context)
    {
        _context = context;
        _podClient = context.Client.Resources<V1Pod>();
        _setClient = context.Client.Resources<V1ReplicaSet>();
        _sets = context.Informers.For<V1ReplicaSet>();
        _pods = context.Informers.For<V1Pod>();
        _podsByController = _pods.ByController;
        _setsByController = _sets.Store.AddIndex("controllerUid", s => s.Metadata.ControllerReference is { } owner ? [owner.Uid] : []);
        _expectations = new ControllerExpectations(context.Time);
        _loop = context.Loop<ObjectKey>("replicaset", SyncAsync);
        _sets.AddHandler(set => _loop.Queue.Add(ObjectKey.Of(set)));
        _pods.AddHandler(OnPodAdded, OnPodUpdated, OnPodDeleted);
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(_context.Options.ConcurrentReplicaSetSyncs, cancel);

    private void OnPodAdded(V1Pod pod)
    {
        if (pod.IsTerminating)
            OnPodDeleted(pod); // seen for the first time on its way out, after a restart
        else if (OwnerOf(pod) is { } set)
        {
            _expectations.CreationObserved(ObjectKey.Of(set));
            _loop.Queue.Add(ObjectKey.Of(set));
        }
        else
            AddAdopters(pod);
    }

    private void OnPodUpdated(V1Pod old, V1Pod pod)
    {
        if (pod.IsTerminating)
        {
            OnPodDeleted(pod);
            return;
        }
        if (old.Metadata.ControllerReference?.Uid != pod.Metadata.ControllerReference?.Uid && OwnerOf(old) is { } former)
            _loop.Queue.Add(ObjectKey.Of(former));
        if (OwnerOf(pod) is { } set)
            _loop.Queue.Add(ObjectKey.Of(set));
        else if (pod.Metadata.ControllerReference is null)
            AddAdopters(pod);
    }

    private void OnPodDeleted(V1Pod pod)
    {
        if (OwnerOf(pod) is not { } set)
            return;
        _expectations.DeletionObserved(ObjectKey.Of(set), pod.Metadata.Uid);
        _loop.Queue.Add(ObjectKey.Of(set));
    }

    private V1ReplicaSet? OwnerOf(V1Pod pod) =>
        pod.Metadata.ControllerReference is { Kind: "ReplicaSet" } owner
        && _sets.Store.Get(pod.Metadata.NamespaceProperty, owner.Name) is { } set && set.Metadata.Uid == owner.Uid ? set : null;

    private void AddAdopters(V1Pod orphan)
    {
        if (orphan.Metadata.ControllerReference is not null || orphan.Metadata.Labels is not { Count: > 0 })
            return;
        foreach (var set in _sets.Store.InNamespace(orphan.Metadata.NamespaceProperty))
        {
            if (LabelSelector.From(set.Spec.Selector).Matches(orphan.Metadata.Labels))
                _loop.Queue.Add(ObjectKey.Of(set));
        }
    }

    private async Task SyncAsync(ObjectKey key, CancellationToken cancel)
    {
        if (_sets.Store.Get(key) is not { } set)
        {
            _expectations.Forget(key);
            return;
        }
        var mayAct = _expectations.AreSatisfied(key);
        var pods = await ClaimPodsAsync(set, cancel);
        var active = pods.Where(p => p.IsActive).ToList();
        Problem? problem = null;
        if (mayAct && set.Metadata.DeletionTimestamp is null)
            problem = await ManageReplicasAsync(key, set, active, cancel);
        await UpdateStatusAsync(set, active, pods.Count(p => p.IsTerminating && !p.IsTerminal), problem, cancel);
        RequeueForAvailability(key, set, active);
        if (problem is not null)
            throw problem.Cause;
    }

    private Task<List<V1Pod>> ClaimPodsAsync(V1ReplicaSet set, CancellationToken cancel)
    {
        var candidates = _podsByController[set.Metadata.Uid].Concat(_podsByController[PodIndexes.OrphansOf(set.Metadata.NamespaceProperty)]);
        var claims = new Claims<V1Pod>(_podClient, async c => await _setClient.FindAsync(set.Metadata.NamespaceProperty, set.Metadata.Name, c));
        return claims.ClaimAsync(set, LabelSelector.From(set.Spec.Selector), candidates.Where(p => !p.IsTerminal), cancel);
    }

    private async Task<Problem?> ManageReplicasAsync(ObjectKey key, V1ReplicaSet set, List<V1Pod> active, CancellationToken cancel)
    {
        var missing = (set.Spec.Replicas ?? 1) - active.Count;
        if (missing > 0)
            return await CreatePodsAsync(key, set, Math.Min(missing, BurstReplicas), cancel);
        if (missing < 0)
            return await DeletePodsAsync(key, set, active, Math.Min(-missing, BurstReplicas), cancel);
        return null;
    }

    private async Task<Problem?> CreatePodsAsync(ObjectKey key, V1ReplicaSet set, int count, CancellationToken cancel)
    {
        _expectations.ExpectCreations(key, count);
        var template = PodFactory.FromTemplate(set.Spec.Template, set);
        var (created, failure) = await SlowStart.RunAsync(count, async _ =>
        {
            var pod = await _podClient.CreateAsync(template, cancel);
            _context.Events.Event(set, EventType.Normal, "SuccessfulCreate", $"Created pod: {pod.Metadata.Name}");
        });
        _expectations.CreationObserved(key, count - created); // those will never be seen
        switch (failure)
        {
            case null:
                return null;
            case HttpOperationException { IsNamespaceTerminating: true }:
                return null; // everything here is going away: nothing to report, nothing to try again
            default:
                cancel.ThrowIfCancellationRequested();
                _context.Events.Event(set, EventType.Warning, "FailedCreate", $"Error creating: {failure.ApiMessage}");
                return new("FailedCreate", failure);
        }
    }

    private async Task<Problem?> DeletePodsAsync(ObjectKey key, V1ReplicaSet set, List<V1Pod> active, int count, CancellationToken cancel)
    {
        var chosen = DeletionRanking.FirstToGo(active, SiblingPods(set), _context.Now).Take(count).ToList();
        _expectations.ExpectDeletions(key, chosen.Select(p => p.Metadata.Uid));
        var deletions = chosen.Select(async pod =>
        {
            try
            {
                await _podClient.DeleteAsync(pod.Metadata.NamespaceProperty, pod.Metadata.Name, new() { Preconditions = new() { Uid = pod.Metadata.Uid } }, cancel);
                _context.Events.Event(set, EventType.Normal, "SuccessfulDelete", $"Deleted pod: {pod.Metadata.Name}");
                return null;
            }
            catch (Exception failure)
            {
                _expectations.DeletionObserved(key, pod.Metadata.Uid);
                if (failure is HttpOperationException { IsNotFound: true })
                    return null;
                cancel.ThrowIfCancellationRequested();
                _context.Events.Event(set, EventType.Warning, "FailedDelete", $"Error deleting: {failure.ApiMessage}");
                return failure;
            }
        });
        return (await Task.WhenAll(deletions)).OfType<Exception>().FirstOrDefault() is { } first ? new("FailedDelete", first) : null;
    }

    private IEnumerable<V1Pod> SiblingPods(V1ReplicaSet set)
    {
        var siblings = set.Metadata.ControllerReference is { } owner ? _setsByController[owner.Uid] : [set];
        return siblings.SelectMany(s => _podsByController[s.Metadata.Uid]).Where(p => p.IsActive);
    }

    private async Task UpdateStatusAsync(V1ReplicaSet set, List<V1Pod> active, int terminating, Problem? problem, CancellationToken cancel)
    {
        var status = ReplicaSetStatus.Of(set, active, terminating, problem is null ? null : (problem.Reason, problem.Cause.ApiMessage), _context.Now);
        if (Json.Same(set.Status, status))
            return;
        try
        {
            await _setClient.UpdateStatusAsync(set with { Status = status }, cancel);
        }
        catch (HttpOperationException e) when (e.IsNotFound)
        {
            // Deleted meanwhile: nobody is left to tell.
        }
    }

    /// <summary>Nothing happens to a pod when it becomes available: look again at that moment.</summary>
    private void RequeueForAvailability(ObjectKey key, V1ReplicaSet set, List<V1Pod> active)
    {
        var next = active.Select(p => p.UntilAvailable(set.Spec.MinReadySeconds ?? 0, _context.Now)).Min();
        if (next is { } wait)
            _loop.Queue.AddAfter(key, wait + TimeSpan.FromMilliseconds(100));
    }

    private sealed record Problem(string Reason, Exception Cause);
}

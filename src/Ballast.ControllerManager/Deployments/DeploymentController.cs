using Ballast.ApiMachinery.Selectors;
using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Ownership;
using Ballast.ControllerManager.Pods;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.Deployments;

/// <summary>Brings a Deployment's ReplicaSets to its template and size: rolling or by recreation, and reports how that goes.</summary>
public sealed class DeploymentController : IController
{
    private readonly ControllerContext _context;
    private readonly ResourceClient<V1Deployment> _client;
    private readonly ResourceClient<V1ReplicaSet> _setClient;
    private readonly Informer<V1Deployment> _deployments;
    private readonly Informer<V1ReplicaSet> _sets;
    private readonly IIndex<V1Pod> _podsByController;
    private readonly ReplicaSetWriter _writer;
    private readonly Rollout _rollout;
    private readonly ControllerLoop<ObjectKey> _loop;

    public DeploymentController(ControllerContext context)
    {
        _context = context;
        _client = context.Client.Resources<V1Deployment>();
        _setClient = context.Client.Resources<V1ReplicaSet>();
        _deployments = context.Informers.For<V1Deployment>();
        _sets = context.Informers.For<V1ReplicaSet>();
        var pods = context.Informers.For<V1Pod>();
        _podsByController = pods.ByController;
        _writer = new ReplicaSetWriter(_setClient, _client, context.Events, context.Time);
        _rollout = new Rollout(_writer);
        _loop = context.Loop<ObjectKey>("deployment", SyncAsync);
        _deployments.AddHandler(d => _loop.Queue.Add(ObjectKey.Of(d)));
        _sets.AddHandler(OnReplicaSet, (old, now) => { OnFormerOwner(old, now); OnReplicaSet(now); }, OnReplicaSet);
        pods.AddHandler(deleted: OnPodDeleted);
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(_context.Options.ConcurrentDeploymentSyncs, cancel);

    private void OnReplicaSet(V1ReplicaSet set)
    {
        if (OwnerOf(set) is { } owner)
            _loop.Queue.Add(ObjectKey.Of(owner));
        else if (set.Metadata.ControllerReference is null && set.Metadata.Labels is { Count: > 0 })
        {
            foreach (var deployment in _deployments.Store.InNamespace(set.Metadata.NamespaceProperty))
            {
                if (LabelSelector.From(deployment.Spec.Selector).Matches(set.Metadata.Labels))
                    _loop.Queue.Add(ObjectKey.Of(deployment));
            }
        }
    }

    private void OnFormerOwner(V1ReplicaSet old, V1ReplicaSet now)
    {
        if (old.Metadata.ControllerReference?.Uid != now.Metadata.ControllerReference?.Uid && OwnerOf(old) is { } former)
            _loop.Queue.Add(ObjectKey.Of(former));
    }

    /// <summary>A Deployment that recreates waits for the last old pod to go.</summary>
    private void OnPodDeleted(V1Pod pod)
    {
        if (pod.Metadata.ControllerReference is { Kind: "ReplicaSet" } controller
            && _sets.Store.Get(pod.Metadata.NamespaceProperty, controller.Name) is { } set
            && OwnerOf(set) is { IsRolling: false } deployment)
            _loop.Queue.Add(ObjectKey.Of(deployment));
    }

    private V1Deployment? OwnerOf(V1ReplicaSet set) =>
        set.Metadata.ControllerReference is { Kind: "Deployment" } owner
        && _deployments.Store.Get(set.Metadata.NamespaceProperty, owner.Name) is { } deployment && deployment.Metadata.Uid == owner.Uid ? deployment : null;

    private async Task SyncAsync(ObjectKey key, CancellationToken cancel)
    {
        if (_deployments.Store.Get(key) is not { } deployment)
            return;
        if (LabelSelector.From(deployment.Spec.Selector).IsEverything)
        {
            _context.Events.Event(deployment, EventType.Warning, "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.");
            return;
        }
        var family = Family.Of(deployment, await ClaimAsync(deployment, cancel));
        if (deployment.Metadata.DeletionTimestamp is not null)
        {
            await ReportAsync(family, Progress.Status(deployment, family.Newest, family.All, _context.Now), cancel);
            return;
        }
        family = await NotePauseAsync(family, cancel);
        if (deployment.Spec.Paused == true || IsScaling(family))
        {
            family = await _rollout.ScaleAsync(family, cancel);
            if (deployment.Spec.Paused == true)
                await _writer.CleanUpAsync(family, cancel);
            await ReportAsync(family, Progress.Status(family.Deployment, family.Newest, family.All, _context.Now), cancel);
            return;
        }
        family = deployment.IsRolling
            ? await _rollout.RollAsync(family, cancel)
            : await _rollout.RecreateAsync(family, OldPodsRun(family), cancel);
        var status = Progress.RolloutStatus(family.Deployment, family.Newest, family.All, _context.Now);
        await ReportAsync(family, status, cancel);
        if (Progress.UntilDeadline(family.Deployment, status, _context.Now) is { } wait)
            _loop.Queue.AddAfter(key, (wait > TimeSpan.Zero ? wait : TimeSpan.Zero) + TimeSpan.FromSeconds(1));
    }

    private Task<List<V1ReplicaSet>> ClaimAsync(V1Deployment deployment, CancellationToken cancel)
    {
        var claims = new Claims<V1ReplicaSet>(_setClient, async c => await _client.FindAsync(deployment.Metadata.NamespaceProperty, deployment.Metadata.Name, c));
        return claims.ClaimAsync(deployment, LabelSelector.From(deployment.Spec.Selector), _sets.Store.InNamespace(deployment.Metadata.NamespaceProperty), cancel);
    }

    /// <summary>A ReplicaSet with pods that was last written for another size of the Deployment.</summary>
    private static bool IsScaling(Family family) =>
        family.Active.Any(s => Annotations.Desired(s) is { } desired && desired != family.Deployment.Desired);

    private bool OldPodsRun(Family family) => family.Old.SelectMany(s => _podsByController[s.Metadata.Uid]).Any(p => !p.IsTerminal);

    /// <summary>The deadline stands still while paused: the condition says so, and starts anew on resumption.</summary>
    private async Task<Family> NotePauseAsync(Family family, CancellationToken cancel)
    {
        var deployment = family.Deployment;
        var known = deployment.Status.Condition(Conditions.Progressing);
        if (!deployment.HasProgressDeadline || known?.Reason == Conditions.TimedOut)
            return family;
        var (paused, noted) = (deployment.Spec.Paused == true, known?.Reason == Conditions.Paused);
        if (paused == noted)
            return family;
        var condition = paused
            ? Conditions.Make(Conditions.Progressing, "Unknown", Conditions.Paused, "Deployment is paused", _context.Now)
            : Conditions.Make(Conditions.Progressing, "Unknown", Conditions.Resumed, "Deployment is resumed", _context.Now);
        var old = deployment.Status ?? new();
        var status = old with { Conditions = Conditions.With(old.Conditions, condition) };
        return family with { Deployment = await _client.UpdateStatusAsync(deployment with { Status = status }, cancel) };
    }

    private async Task ReportAsync(Family family, V1DeploymentStatus status, CancellationToken cancel)
    {
        if (Json.Same(family.Deployment.Status, status))
            return;
        try
        {
            await _client.UpdateStatusAsync(family.Deployment with { Status = status }, cancel);
        }
        catch (HttpOperationException e) when (e.IsNotFound)
        {
            // Deleted meanwhile: nobody is left to tell.
        }
    }
}

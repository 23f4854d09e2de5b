using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Jobs;
using k8s.Models;

namespace Ballast.ControllerManager.TtlAfterFinished;

/// <summary>Deletes Jobs, and their pods with them, <c>ttlSecondsAfterFinished</c> after they finished.</summary>
public sealed class TtlAfterFinishedController : IController
{
    private const int Workers = 5;

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1Job> _client;
    private readonly Informer<V1Job> _jobs;
    private readonly ControllerLoop<ObjectKey> _loop;

    public TtlAfterFinishedController(ControllerContext context)
    {
        _context = context;
        _client = context.Client.Resources<V1Job>();
        _jobs = context.Informers.For<V1Job>();
        _loop = context.Loop<ObjectKey>("ttl_jobs_to_delete", SyncAsync);
        _jobs.AddHandler(Enqueue, (_, now) => Enqueue(now));
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(Workers, cancel);

    private void Enqueue(V1Job job)
    {
        if (Due(job) is not null)
            _loop.Queue.Add(ObjectKey.Of(job));
    }

    private async Task SyncAsync(ObjectKey key, CancellationToken cancel)
    {
        if (_jobs.Store.Get(key) is not { } known || Due(known) is not { } due)
            return;
        if (due > _context.Now)
        {
            _loop.Queue.AddAfter(key, due - _context.Now);
            return;
        }
        // The cache may be behind: somebody may have given it more time.
        if (await _client.FindAsync(key.Namespace, key.Name, cancel) is { } fresh && Due(fresh) <= _context.Now)
            await _client.TryDeleteAsync(key.Namespace, key.Name, fresh.Metadata.Uid, cancel, PropagationPolicy.Foreground);
    }

    /// <summary>When the job is to go; null where it has no limit, is not finished or is going already.</summary>
    private static DateTime? Due(V1Job job) =>
        job.Metadata.DeletionTimestamp is null && job.Spec.TtlSecondsAfterFinished is { } ttl && job.FinishedCondition?.LastTransitionTime is { } finished
            ? finished.AddSeconds(ttl) : null;
}

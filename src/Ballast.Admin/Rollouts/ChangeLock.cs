using Ballast.Admin.Clusters;
using Ballast.Admin.Phases;
using Ballast.Admin.Upgrades;
using Ballast.Client;
using Ballast.Client.LeaderElection;
using k8s.Autorest;

namespace Ballast.Admin.Rollouts;

/// <summary>
/// One for the whole cluster, the Lease <c>kube-system/ballast-change</c>: whoever takes a control plane or a member down for a change holds it, so that no two do at once.
/// </summary>
/// <remarks>
/// It is renewed as long as the work goes on, and given back after it. Whether a holder on this machine lives is known at once; any other is waited for until it shows that it does, by
/// renewing, or has not done so for the lease's duration, by our own monotonic clock. Who cannot reach the API for long keeps the lock for as long as nobody takes it, since to take it one has to reach the
/// API, too; when somebody has, the work is cancelled.
/// </remarks>
internal sealed class ChangeLock
{
    public const string LeaseName = "ballast-change";

    /// <summary>Longer than an API server takes to come back where there is no other.</summary>
    internal static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    internal static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly ILeaderLock _lock;
    private readonly ISteps _steps;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;

    private LeaderElectionRecord _mine = new("", 0, default, default, 0);
    private string _takenBy = "";

    /// <param name="leaseLock">Where it stands.</param>
    /// <param name="steps">Told of a wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="patience">How long to wait for somebody who is seen to be at work; who does not wait for anybody refuses.</param>
    internal ChangeLock(ILeaderLock leaseLock, ISteps steps, TimeProvider time, TimeSpan patience = default) => (_lock, _steps, _time, _patience) = (leaseLock, steps, time, patience);

    /// <summary>Does work that takes a part of the cluster down for a while.</summary>
    /// <param name="kubeconfig">An administrator's.</param>
    /// <param name="command">What is being done: <c>ballast upgrade node</c>.</param>
    /// <param name="steps">Told of a wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="work">The work; its token fires where the lock is lost to somebody else.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="patience">How long to wait for somebody else's change; it is not begun where that lasts longer.</param>
    /// <exception cref="ClusterException">Somebody else changes a host; names them.</exception>
    public static async Task<T> HoldAsync<T>(string kubeconfig, string command, ISteps steps, TimeProvider time, Func<CancellationToken, Task<T>> work, CancellationToken cancel, TimeSpan patience = default)
    {
        using var api = ClientFactory.Create(kubeconfig, "ballast");
        return await Of(api, command, steps, time, patience).RunAsync(work, cancel);
    }

    /// <summary>As above, for work on an etcd that may be down: where the API does not answer, nobody can hold the lock or take it, and the work is done without.</summary>
    /// <remarks>The work may replace what the API is made of, and the Lease with it: it is not cancelled for that.</remarks>
    public static async Task<T> HoldWhereAnsweredAsync<T>(string kubeconfig, string command, ISteps steps, TimeProvider time, Func<Task<T>> work, CancellationToken cancel, TimeSpan patience = default)
    {
        // What is mended may lack that, too.
        if (!File.Exists(kubeconfig))
            return await work();
        using var api = ClientFactory.Create(kubeconfig, "ballast");
        var held = Of(api, command, steps, time, patience);
        if (!await held.AnswersAsync(cancel))
            return await work();
        return await held.RunAsync(_ => work(), cancel);
    }

    private static ChangeLock Of(ApiClient api, string command, ISteps steps, TimeProvider time, TimeSpan patience) =>
        new(new LeaseLock(api, "kube-system", LeaseName, ChangeHolder.Self(command).Identity), steps, time, patience);

    /// <summary>Waits for the lock, holds it during the work, and gives it back.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        await ApiAnswers.OrSentenceAsync(() => TakeAsync(cancel));
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var over = new CancellationTokenSource();
        var renewing = RenewAsync(lost, over.Token);
        try
        {
            return await work(lost.Token);
        }
        catch (OperationCanceledException) when (_takenBy.Length > 0 && !cancel.IsCancellationRequested)
        {
            throw new ClusterException($"the lock {_lock.Description} could not be renewed in time, and was taken by {_takenBy}") { Hint = "wait for that to end, then run the same command again; it goes on from here" };
        }
        finally
        {
            await over.CancelAsync();
            await renewing;
            await GiveBackAsync();
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(AnswerLimit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            await _lock.GetAsync(both.Token);
            return true;
        }
        catch (Exception silent) when (IsSilence(silent) && !cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <returns>The holder before.</returns>
    private async Task<string> TakeAsync(CancellationToken cancel)
    {
        LeaderElectionRecord? seen = null;
        var start = _time.GetTimestamp();
        var told = false;
        for (var seenAt = 0L; ; await Task.Delay(LookEvery, _time, cancel))
        {
            var record = await _lock.GetAsync(cancel);
            var runs = record is null ? null : ChangeHolder.Parse(record.HolderIdentity)?.Runs;
            if (record is null || record.HolderIdentity.Length == 0 || runs == false || (record == seen && _time.GetElapsedTime(seenAt) >= DurationOf(record)))
            {
                if (await TryTakeAsync(record, cancel))
                    return record?.HolderIdentity ?? "";
                seen = null;
                continue;
            }
            if (runs == true || (seen is not null && record != seen))
            {
                if (_time.GetElapsedTime(start) < _patience)
                {
                    (seen, seenAt) = (record, _time.GetTimestamp());
                    if (!told)
                        _steps.Warn($"{Called(record)} is changing a host: waiting for it, for up to {_patience.TotalSeconds:0} s");
                    told = true;
                    continue;
                }
                throw new ClusterException($"{Called(record)} is changing a host, since {record.AcquireTime.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z: two at once might take down two control planes")
                {
                    Hint = "wait for it to end, then try again",
                };
            }
            if (seen is null)
            {
                (seen, seenAt) = (record, _time.GetTimestamp());
                _steps.Warn($"{Called(record)} holds the lock {_lock.Description}: looking whether it is alive, for up to {DurationOf(record).TotalSeconds:0} s");
            }
        }
    }

    private async Task<bool> TryTakeAsync(LeaderElectionRecord? record, CancellationToken cancel)
    {
        var now = _time.GetUtcNow();
        _mine = new(_lock.Identity, (int)Duration.TotalSeconds, now, now, (record?.LeaderTransitions ?? 0) + 1);
        try
        {
            await (record is null ? _lock.CreateAsync(_mine, cancel) : _lock.UpdateAsync(_mine, cancel));
            return true;
        }
        catch (HttpOperationException faster) when (faster.IsConflict || faster.IsAlreadyExists || faster.IsNotFound)
        {
            return false;
        }
    }

    private async Task RenewAsync(CancellationTokenSource lost, CancellationToken over)
    {
        try
        {
            while (_takenBy.Length == 0)
            {
                await Task.Delay(RenewEvery, _time, over);
                try
                {
                    await WriteAsync(_mine with { RenewTime = _time.GetUtcNow() }, over);
                }
                catch (Exception silent) when (IsSilence(silent) && !over.IsCancellationRequested)
                {
                    // Next time, or somebody takes it.
                }
            }
            await lost.CancelAsync();
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The work is over.
        }
    }

    private async Task GiveBackAsync()
    {
        if (_takenBy.Length > 0)
            return;
        using var limit = new CancellationTokenSource(AnswerLimit, _time);
        try
        {
            await WriteAsync(_mine with { HolderIdentity = "", LeaseDurationSeconds = 1, RenewTime = _time.GetUtcNow() }, limit.Token);
        }
        catch (Exception silent) when (IsSilence(silent))
        {
            // It runs out by itself.
        }
    }

    /// <summary>Writes over our own record, or where nobody's is; notes whose is there instead.</summary>
    private async Task WriteAsync(LeaderElectionRecord record, CancellationToken cancel)
    {
        try
        {
            await _lock.UpdateAsync(record, cancel);
        }
        catch (HttpOperationException changed) when (changed.IsConflict || changed.IsNotFound)
        {
            // A write of ours whose answer was lost, or another's, or a store that was put back.
            var there = await _lock.GetAsync(cancel);
            if (there is null)
                await _lock.CreateAsync(record, cancel);
            else if (there.HolderIdentity.Length == 0 || there.HolderIdentity == _lock.Identity)
                await _lock.UpdateAsync(record, cancel);
            else
                _takenBy = Called(there);
        }
    }

    private static TimeSpan DurationOf(LeaderElectionRecord record) => TimeSpan.FromSeconds(Math.Max(record.LeaseDurationSeconds, 1));

    private static string Called(LeaderElectionRecord record) => ChangeHolder.Parse(record.HolderIdentity)?.ToString() ?? record.HolderIdentity;

    private static bool IsSilence(Exception e) => e is HttpOperationException or HttpRequestException or IOException or OperationCanceledException;
}

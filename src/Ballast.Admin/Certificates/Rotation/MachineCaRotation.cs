using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Pki;
using Ballast.Admin.Rollouts;
using Ballast.Admin.Tokens;
using Ballast.Admin.Upgrades;
using Ballast.Client;

namespace Ballast.Admin.Certificates.Rotation;

/// <summary>What a run on one machine came to.</summary>
/// <param name="Host">The machine's node.</param>
/// <param name="Done">The stage that this run did; null where there was nothing to do now.</param>
/// <param name="WaitedFor">Whom the machine has to wait for before it does more.</param>
/// <param name="Progress">How far all hosts are.</param>
/// <param name="Uploaded">Decrypts the new CAs' keys, where this run brought them to the cluster. It is shown once.</param>
public sealed record RotationOutcome(string Host, RotationStage? Done, IReadOnlyList<RotationHost> WaitedFor, RotationProgress Progress, CertificateKey? Uploaded)
{
    /// <summary>The host itself.</summary>
    public RotationHost Self => Progress.Hosts.Single(h => h.Name == Host);
}

/// <summary>
/// Replaces the CAs of a cluster of machines, and the key of service-account tokens, with a run on each machine for each <see cref="RotationStage"/>. A run does the next stage of the machine that it is on, where all
/// others have done the one before; it can be repeated and killed at any moment. See docs/decisions/0016.
/// </summary>
/// <param name="paths">The host's files.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class MachineCaRotation(HostPaths paths, ISteps steps, TimeProvider time)
{
    private static readonly TimeSpan SigningPatience = TimeSpan.FromSeconds(60);

    private readonly Host _host = HostIdentity.Read(paths);
    private readonly bool _isControlPlane = HostIdentity.IsControlPlane(paths);
    private readonly CaRotationKeys _keys = new(paths.CaRotation);

    /// <summary>Decrypts the new CAs' keys, on a control plane that has not got them; with <see cref="Upload"/>, encrypts them.</summary>
    public CertificateKey? CertificateKey { get; init; }

    /// <summary>Brings the new CAs' keys to the cluster once more, for the control planes that have not got them.</summary>
    public bool Upload { get; init; }

    /// <summary>Asked before a rotation begins, with the names of all hosts.</summary>
    public required Func<IReadOnlyList<string>, bool> IsWanted { get; init; }

    /// <summary>A control plane acts as an administrator; a worker has its kubelet's rights, which suffice for its own node.</summary>
    private string Kubeconfig => paths.Kubeconfig(_isControlPlane ? "admin.conf" : "kubelet.conf");

    /// <returns>Null where no rotation was under way, and none was wanted.</returns>
    /// <exception cref="ClusterException">Something is missing, or not well enough to go on.</exception>
    public async Task<RotationOutcome?> RunAsync(CancellationToken cancel)
    {
        if (!_isControlPlane && (Upload || CertificateKey is not null))
            throw new ClusterException($"{_host.Name} is a worker: the new CAs' keys are on control planes alone, and it needs no --certificate-key and no --upload-certs", 2);
        using var api = ClientFactory.Create(Kubeconfig, "ballast");
        return await ApiAnswers.OrSentenceAsync(() => _isControlPlane ? ControlPlaneAsync(api, cancel) : WorkerAsync(api, cancel));
    }

    /// <summary>Nobody has to wait with the lock until somebody has made up his mind.</summary>
    private async Task<RotationOutcome?> ControlPlaneAsync(ApiClient api, CancellationToken cancel)
    {
        var record = new RotationRecord(api);
        var begins = await record.FindAsync(cancel) is null;
        if (begins && !IsWanted([.. (await record.ProgressAsync("", cancel)).Hosts.Select(h => h.Name)]))
            return null;
        return await ChangeLock.HoldAsync(Kubeconfig, "ballast certs rotate-ca", steps, time, token => WithLockAsync(api, record, begins, token), cancel);
    }

    private async Task<RotationOutcome?> WithLockAsync(ApiClient api, RotationRecord record, bool begins, CancellationToken cancel)
    {
        using var held = HostLock.Take(paths);
        var cluster = await ClusterObjects.ConfigurationAsync(api, cancel);
        var next = await record.FindAsync(cancel)
            ?? (begins ? await BeginAsync(record, cluster, cancel) : throw new ClusterException("the CAs have been replaced meanwhile: nothing is left to be done"));
        var outcome = await NextStageAsync(record, next, (stage, token) => ControlPlaneStageAsync(api, cluster, next, stage, token), cancel);
        outcome = outcome with { Uploaded = await UploadAsync(api, next, outcome.Progress, cancel) };
        if (outcome.Self.Done == RotationStage.DropOld)
            _keys.Delete();
        if (outcome.Progress.Current is null)
            await record.EndAsync(cancel);
        return outcome;
    }

    private async Task ControlPlaneStageAsync(ApiClient api, ClusterConfiguration cluster, NewAuthorities next, RotationStage stage, CancellationToken cancel)
    {
        await HaveKeysAsync(api, next, cancel);
        await ChangeAsync(new(paths, next, _keys, time), stage, cancel);
        var reloaded = Task.Delay(HostRotation.UntilReloaded, time, cancel);
        await PublishedAuthority.FollowAsync(api, next, stage, cancel);
        await steps.RunAsync(stage.RestartTitle, async token =>
        {
            var scope = await RolloutScope.OfAsync(_host, cluster, api, time, token);
            var restarted = await HostRotation.RestartAsync(new(_host, scope, time), $"{next.Id}.{stage.Name}", token);
            await reloaded;
            return string.Join(", ", restarted);
        }, cancel);
    }

    internal async Task<RotationOutcome?> WorkerAsync(ApiClient api, CancellationToken cancel)
    {
        using var held = HostLock.Take(paths);
        var record = new RotationRecord(api);
        var next = await record.FindAsync(cancel) ?? throw new ClusterException($"no CAs are being replaced, and {_host.Name} is a worker: it begins on a control plane") { Hint = "on a control plane: ballast certs rotate-ca" };
        var rotation = new HostRotation(paths, next, _keys, time)
        {
            ReissueAsync = (certificate, current, token) => certificate.Name == "kubelet.conf" ? RequestAsync(api, next, current, token) : Task.FromResult<KeyPair?>(null),
        };
        return await NextStageAsync(record, next, async (stage, token) =>
        {
            await ChangeAsync(rotation, stage, token);
            await steps.RunAsync("Wait until the files have been read again", async inner =>
            {
                await Task.Delay(HostRotation.UntilReloaded, time, inner);
                return "";
            }, token);
        }, cancel);
    }

    /// <summary>Keys that were made here for a rotation that is not known go on being those that follow, but where it is over on this host: then they are in use.</summary>
    private async Task<NewAuthorities> BeginAsync(RotationRecord record, ClusterConfiguration cluster, CancellationToken cancel)
    {
        var authorities = HostCertificate.Authorities.Where(a => cluster.ExternalEtcd is null || a != "etcd/ca").ToList();
        HostRotation.RefuseWithoutKeys(paths, authorities);
        if (_keys.AreInUse(paths))
            _keys.Delete();
        _keys.Generate(paths, authorities, time);
        var made = _keys.Announce(CaRotationFiles.NewId(time), authorities);
        if (!await record.BeginAsync(made, cancel))
            throw new ClusterException("another control plane has begun to replace the CAs at the same moment") { Hint = "run it again, with the certificate key that was printed there" };
        if (cluster.ExternalEtcd is not null)
            steps.Tell("etcd is external: its CA, and what the API servers show it, are left as they are.");
        return made;
    }

    private async Task<RotationOutcome> NextStageAsync(RotationRecord record, NewAuthorities next, Func<RotationStage, CancellationToken, Task> work, CancellationToken cancel)
    {
        var progress = await record.ProgressAsync(next.Id, cancel);
        if (progress.Hosts.FirstOrDefault(h => h.Name == _host.Name) is not { } self)
            throw new ClusterException($"{_host.Name} is no node of the cluster") { Hint = "its kubelet registers it when it is started" };
        var waitedFor = progress.WaitedForBy(self);
        if (self.Next is not { } stage || waitedFor.Count > 0)
            return new(_host.Name, null, waitedFor, progress, null);
        await work(stage, cancel);
        await record.RecordAsync(next.Id, _host.Name, stage, cancel);
        progress = await record.ProgressAsync(next.Id, cancel);
        return new(_host.Name, stage, progress.WaitedForBy(progress.Hosts.Single(h => h.Name == _host.Name)), progress, null);
    }

    private async Task ChangeAsync(HostRotation rotation, RotationStage stage, CancellationToken cancel) => await steps.RunAsync($"{stage.Title} ({stage.Name})", async token =>
    {
        foreach (var left in await rotation.DistributeAsync(stage, token))
            steps.Warn($"{left.Name} was signed by the old CA, and can be made anew on a control plane alone: ballast lb kubeconfig");
        return "";
    }, cancel);

    /// <summary>The control planes' controllers sign it; with the new CA, for all of them have it by now.</summary>
    private async Task<KeyPair?> RequestAsync(ApiClient api, NewAuthorities next, X509Certificate2 current, CancellationToken cancel)
    {
        using var key = CertificateAuthority.NewKeyLike(current);
        var pair = await new NodeCertificateRequest(api, _host.Name, SigningPatience, time).RunAsync(key, cancel);
        using var signed = HostCertificate.Parse(pair.CertificatePem, "kubelet.conf");
        return CertificateAuthority.HasSigned(next.Certificates["ca"], signed) ? pair
            : throw new ClusterException($"the new certificate of {_host.Name} was signed by the old CA: a controller manager still has its key") { Hint = "see whether all of them were restarted: kubectl get pods -n kube-system -l component=kube-controller-manager; then run the same command again" };
    }

    private async Task HaveKeysAsync(ApiClient api, NewAuthorities next, CancellationToken cancel)
    {
        if (!_keys.Has(next))
            _keys.Adopt(paths, next);
        if (_keys.Has(next))
            return;
        if (CertificateKey is not { } key)
        {
            throw new ClusterException("the keys of the new CAs are not here, and there is no --certificate-key to get them with", 2)
            {
                Hint = $"take the command that the first control plane printed; where its key is lost, {UploadedCertificates.NewAuthorities.Again}",
            };
        }
        await steps.RunAsync("Get the keys of the new CAs", async token =>
        {
            _keys.Delete();
            await new UploadedCertificates(UploadedCertificates.NewAuthorities, api, time).DownloadAsync(_keys.PrivateKeys(next.Certificates.Keys), [], key, token);
            _keys.Complete(next);
            if (_keys.Has(next))
                return "";
            _keys.Delete();
            throw new ClusterException($"the secret {UploadedCertificates.NewAuthorities.Name} has other keys than those of the new CAs") { Hint = UploadedCertificates.NewAuthorities.Again };
        }, cancel);
    }

    /// <summary>For the control planes that have not got them, where nobody else has uploaded them; or because somebody lost the key.</summary>
    /// <returns>Null where nothing was uploaded.</returns>
    private async Task<CertificateKey?> UploadAsync(ApiClient api, NewAuthorities next, RotationProgress progress, CancellationToken cancel)
    {
        if (!Upload && (!_keys.Has(next) || !progress.Hosts.Any(h => h is { IsControlPlane: true, Done: null })))
            return null;
        var uploaded = new UploadedCertificates(UploadedCertificates.NewAuthorities, api, time);
        if (!Upload && await uploaded.ExistAsync(cancel))
            return null;
        if (!_keys.Has(next))
            throw new ClusterException($"the keys of the new CAs are not on {_host.Name}: only a control plane that has them can upload them", 2);
        var key = CertificateKey ?? CertificateKey.Generate();
        await steps.RunAsync("Store the keys of the new CAs, encrypted", async token =>
        {
            await uploaded.UploadAsync(_keys.PrivateKeys(next.Certificates.Keys), key, token);
            return "they stay for two hours";
        }, cancel);
        return key;
    }
}

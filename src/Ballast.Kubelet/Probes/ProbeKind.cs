namespace Ballast.Kubelet.Probes;

internal enum ProbeKind
{
    Startup,
    Liveness,
    Readiness,
}

internal enum ProbeVerdict
{
    Unknown,
    Success,
    Failure,
}

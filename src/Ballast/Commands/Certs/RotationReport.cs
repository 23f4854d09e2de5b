using Ballast.Admin.Certificates.Rotation;

namespace Ballast.Commands.Certs;

/// <summary>What a run of <c>ballast certs rotate-ca</c> on a machine did, and where the next one is to be.</summary>
internal sealed class RotationReport(RotationOutcome outcome)
{
    private const string Again = "ballast certs rotate-ca";

    /// <summary>Paragraphs, with an empty line between them.</summary>
    public string Text => string.Join("\n\n", new[] { Here, Key, Stage, Next }.Where(p => p.Length > 0));

    private RotationStage? Current => outcome.Progress.Current;

    private string Here => outcome.Done is { } done ? $"{outcome.Host} {DoneBy(done)}."
        : outcome.WaitedFor.Count > 0 ? $"Nothing can be done on {outcome.Host} now: it waits for {Names(outcome.WaitedFor)}.\nOne that does not come back is not waited for once its node is gone: kubectl delete node NAME"
        : Current is null ? "" : $"Nothing is left to be done on {outcome.Host}.";

    private string Key => outcome.Uploaded is { } key ? $"The certificate key, for two hours and shown this once:\n  {key.Text}" : "";

    private string Stage => Current switch
    {
        // Only where the last one has just ended.
        RotationStage.Reissue when outcome.Progress.Hosts.All(h => h.Done == RotationStage.AcceptBoth) =>
            "Every host accepts what the old CAs and the new sign: the first of three passes is over.\nCopies of admin.conf elsewhere, and load balancers on hosts of their own, need the new ca.crt now: copy them before the second pass.",
        RotationStage.DropOld when outcome.Progress.Hosts.All(h => h.Done == RotationStage.Reissue) =>
            "Everything is signed by the new CAs: the second of three passes is over.\nCopy admin.conf once more. Wait until pods have new service-account tokens, an hour, before the third pass: after it nothing that is old is accepted.",
        null when outcome.Self.IsControlPlane => "The CAs are new, and the old ones are accepted nowhere. Copies of admin.conf elsewhere, join commands and uploaded certificates have to be made anew.",
        null => $"The old CAs are accepted nowhere. On a control plane, once more, to clear up:\n  {Again}",
        _ => "",
    };

    private string Next
    {
        get
        {
            var left = outcome.Progress.Left;
            var (without, with) = Current == RotationStage.AcceptBoth ? (left.Where(h => !h.IsControlPlane), left.Where(h => h.IsControlPlane)) : (left, []);
            var key = outcome.Uploaded?.Text ?? "KEY";
            var lines = Lines(with, $" --certificate-key {key}").Concat(Lines(without, "")).ToList();
            var lost = with.Any() && outcome.Uploaded is null ? $"\nWhere the key is lost, on a control plane that has done it: {Again} --upload-certs" : "";
            return lines.Count == 0 ? "" : $"Next, one after the other:\n{string.Join('\n', lines)}{lost}";
        }
    }

    private static IEnumerable<string> Lines(IEnumerable<RotationHost> hosts, string more) => hosts.Select(h => $"  on {h.Name}: {Again}{more}");

    private static string DoneBy(RotationStage stage) => stage switch
    {
        RotationStage.AcceptBoth => "accepts what the old CAs and the new sign",
        RotationStage.Reissue => "has everything signed by the new CAs",
        _ => "accepts the new CAs only",
    };

    private static string Names(IEnumerable<RotationHost> hosts) => string.Join(", ", hosts.Select(h => h.Name).Order(StringComparer.Ordinal));
}

namespace Ballast.Admin.EtcdQuorum;

/// <summary>One member as it is seen from outside.</summary>
/// <param name="Id">As etcdctl prints it, in hexadecimal.</param>
/// <param name="Name">Empty until it has started for the first time.</param>
/// <param name="PeerUrl">Where the others reach it.</param>
/// <param name="ClientUrl">Where clients reach it; empty until it has started.</param>
/// <param name="Learner">Follows without a vote.</param>
/// <param name="Healthy">Answers, and knows a leader.</param>
/// <param name="Leader">Leads.</param>
/// <param name="Version">etcd's.</param>
/// <param name="Revision">What it has applied.</param>
/// <param name="DatabaseBytes">On disk.</param>
/// <param name="InUseBytes">What would be left on disk after a defragmentation.</param>
/// <param name="Error">Why it is not healthy.</param>
public sealed record MemberStatus(string Id, string Name, string PeerUrl, string ClientUrl, bool Learner, bool Healthy, bool Leader, string Version, long Revision,
    long DatabaseBytes, long InUseBytes, string Error)
{
    /// <summary>For people: the name, or where it has none yet, the peer URL.</summary>
    public string Called => Name.Length > 0 ? Name : PeerUrl;
}

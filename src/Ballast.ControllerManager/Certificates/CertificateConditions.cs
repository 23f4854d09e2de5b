using k8s.Models;

namespace Ballast.ControllerManager.Certificates;

/// <summary>The conditions of a CertificateSigningRequest.</summary>
internal static class CertificateConditions
{
    extension(V1CertificateSigningRequest csr)
    {
        public bool IsApproved => csr.ConditionOf("Approved") is not null;

        public bool IsDenied => csr.ConditionOf("Denied") is not null;

        public bool IsFailed => csr.ConditionOf("Failed") is not null;

        public bool IsIssued => csr.Status?.Certificate is { Length: > 0 };

        public V1CertificateSigningRequestCondition? ConditionOf(string type) => csr.Status?.Conditions?.FirstOrDefault(c => c.Type == type);

        public V1CertificateSigningRequest WithCondition(string type, string reason, string message, DateTime now) => csr with
        {
            Status = (csr.Status ?? new()) with
            {
                Conditions =
                [
                    .. csr.Status?.Conditions ?? [],
                    new() { Type = type, Status = "True", Reason = reason, Message = message, LastUpdateTime = now, LastTransitionTime = now },
                ],
            },
        };
    }
}
